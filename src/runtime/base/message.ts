import { Buffer } from 'node:buffer';

/** A message part as it is received: a private Buffer, never shared memory. */
export type Message = Buffer;

/** Under which a lease gives its bytes to whoever sends it. */
export const LEASED = Symbol('the bytes of a lease');

export interface Leased {
  readonly [LEASED]: Uint8Array;
}

/** What can be sent as a message part. `null` is an empty frame; other values are sent as `String(x)`. */
export type MessageLike =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | Leased
  | string
  | number
  | bigint
  | boolean
  | null;

/** A part on its way into a ring: its bytes, or a string that is encoded straight into the ring. */
export type Body = Uint8Array | string;

export const EMPTY: Uint8Array = new Uint8Array(0);

/** The bytes of one part. A SharedArrayBuffer sends its bytes, read at the time of the call. */
export function toBody(part: MessageLike): Body {
  if (part instanceof Uint8Array || typeof part === 'string') return part;
  if (part === null) return EMPTY;
  if (ArrayBuffer.isView(part)) {
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  }
  if (typeof part === 'object') {
    if (LEASED in part) return part[LEASED];
    if (isRawMemory(part)) return new Uint8Array(part);
  }
  // A number, bigint or boolean; whatever else untyped code sends, as zeromq.js would send it.
  // eslint-disable-next-line @typescript-eslint/no-base-to-string
  return String(part);
}

/** The parts of a message, at least one. An absent message is a programming error, as in zeromq.js. */
export function toBodies(message: MessageLike | readonly MessageLike[]): Body[] {
  if (message === undefined) throw new TypeError('Message must be present');
  return Array.isArray(message)
    ? (message as readonly MessageLike[]).map(toBody)
    : [toBody(message as MessageLike)];
}

/** The length on the wire, in bytes. */
export function bodyLength(body: Body): number {
  return typeof body === 'string' ? Buffer.byteLength(body, 'utf8') : body.length;
}

/** A private copy. `slice` and `Buffer.from` go byte by byte where memory is shared. */
export function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length);
  bytes.copy(copy);
  return copy;
}

export function isRawMemory(value: object): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}
