import { Buffer } from 'node:buffer';

/**
 * What actors' sockets say to each other. A message is a header, and for most a body in the system's codec:
 *
 *     kind, 1 byte │ number, 4 bytes, big endian │ name, UTF-8
 *
 * Who does not know better treats a frame from elsewhere as hostile: `readHeader` answers undefined.
 */
export const TELL = 1;
export const ASK = 2;
/**
 * A reference says that it is there, and in the number whether it wants to hear of deaths. The body is the room of which it is to
 * be told at once: without one, of any.
 */
export const HELLO = 3;
export const BYE = 4;
/** The mailbox answers an ask with its number; the body is the answer, or the error. */
export const ANSWER = 5;
export const FAILURE = 6;
/** The body is room that the reference has again in the mailbox. */
export const CREDIT = 7;
/** The actor has died; the body says why. Its number is 1 if it comes back, and otherwise 0. */
export const DEATH = 8;
/** The actor takes no more messages. The body says why, when it has ended. */
export const GONE = 9;
/** To an instance: come to the end. */
export const STOP = 10;
/**
 * From an instance: the oldest message has been begun, so the one before is done. The number says how many microseconds that
 * took; 0 if there was none.
 */
export const BEGUN = 11;
/** From an instance: there is nothing to do. */
export const IDLE = 12;
/** From an instance: a message that was told could not be handled; the name says why. */
export const LOST = 13;

/** A reference waits for room, perhaps for less than it is told of at once: it is told of any that comes next. */
export const WANT = 14;

/** No context is too small for a message of this size. */
const SHORT_BYTES = 1 << 20;

const NAME_AT = 5;
const ROOM_BYTES = 12;

/** Room in a mailbox: messages, 4 bytes, and bytes, 8, both big-endian. */
export interface Room {
  readonly messages: number;
  readonly bytes: number;
}

export interface Header {
  readonly kind: number;
  readonly number: number;
}

/** What is longer may have to go in pieces, which only an awaiting call does. */
export function isShort(body: Uint8Array | undefined): boolean {
  return body === undefined || body.length <= SHORT_BYTES;
}

export function header(kind: number, number = 0, name = ''): Buffer {
  const bytes = Buffer.allocUnsafe(NAME_AT + (name === '' ? 0 : Buffer.byteLength(name)));
  bytes[0] = kind;
  bytes.writeUInt32BE(number, 1);
  if (name !== '') bytes.write(name, NAME_AT);
  return bytes;
}

export function readHeader(bytes: Buffer | undefined): Header | undefined {
  if (bytes === undefined || bytes.length < NAME_AT) return undefined;
  return { kind: bytes[0]!, number: bytes.readUInt32BE(1) };
}

/** The name in a header that `readHeader` has read. Apart from that, since most who read one do not ask for it. */
export function nameIn(bytes: Buffer): string {
  return bytes.toString('utf8', NAME_AT);
}

export function encodeRoom({ messages, bytes }: Room): Buffer {
  const body = Buffer.allocUnsafe(ROOM_BYTES);
  body.writeUInt32BE(messages);
  body.writeUInt32BE(Math.floor(bytes / 2 ** 32), 4);
  body.writeUInt32BE(bytes % 2 ** 32, 8);
  return body;
}

export function decodeRoom(body: Buffer | undefined): Room | undefined {
  if (body?.length !== ROOM_BYTES) return undefined;
  return {
    messages: body.readUInt32BE(),
    bytes: body.readUInt32BE(4) * 2 ** 32 + body.readUInt32BE(8),
  };
}
