import { Buffer } from 'node:buffer';
import { deserialize, serialize } from '../../runtime/base/serializer.js';
import type { Codec } from '../../runtime/base/injected.js';

/**
 * What a body begins with. V8's own form begins with FF; what is simple has a form of ours, since V8's serializer
 * makes an object of C++ for each value: of an ask of 16 bytes that was a quarter of the processor's time.
 *
 *     01 undefined │ 02 null │ 03 false │ 04 true │ 05 a number, 8 bytes, big endian │ 06 text, UTF-8
 *     07 the bytes of a Uint8Array │ 08 those of a Buffer
 */
const UNDEFINED = 1;
const NULL = 2;
const FALSE = 3;
const TRUE = 4;
const NUMBER = 5;
const TEXT = 6;
const BYTES = 7;
const BUFFER = 8;
const V8 = 0xff;

const NUMBER_SIZE = 1 + 8;

const NAMELESS = new Map<unknown, Uint8Array>(
  (
    [
      [undefined, UNDEFINED],
      [null, NULL],
      [false, FALSE],
      [true, TRUE],
    ] as const
  ).map(([value, kind]) => [value, Uint8Array.of(kind)]),
);

/** What structured clone can clone: plain bytes, text and numbers as such, and the rest in V8's own form. */
export const cloneCodec: Codec = {
  encode(value) {
    switch (typeof value) {
      case 'string':
        // UTF-8 has no form for half of a pair.
        return value.isWellFormed() ? encodeText(value) : serialize(value);
      case 'number':
        return encodeNumber(value);
      case 'object':
        return bytesOf(value) ?? NAMELESS.get(value) ?? serialize(value);
      default:
        return NAMELESS.get(value) ?? serialize(value);
    }
  },

  decode(bytes) {
    switch (bytes[0]) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case NUMBER:
        return bytes.readDoubleBE(1);
      case TEXT:
        return bytes.toString('utf8', 1);
      case BYTES:
        return new Uint8Array(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
      case BUFFER:
        return bytes.subarray(1);
      case V8:
        return deserialize(bytes);
      default:
        throw new TypeError(`No value begins with byte ${bytes[0]}`);
    }
  },
};

function encodeText(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(text));
  bytes[0] = TEXT;
  bytes.write(text, 1);
  return bytes;
}

function encodeNumber(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(NUMBER_SIZE);
  bytes[0] = NUMBER;
  bytes.writeDoubleBE(number, 1);
  return bytes;
}

/** Of nothing but a Uint8Array or a Buffer: what a class of the user's own arrives as is V8's affair. */
function bytesOf(value: object | null): Buffer | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  const kind =
    prototype === Uint8Array.prototype ? BYTES : prototype === Buffer.prototype ? BUFFER : 0;
  if (kind === 0) return undefined;
  const bytes = Buffer.allocUnsafe(1 + value.length);
  bytes[0] = kind;
  bytes.set(value, 1);
  return bytes;
}
