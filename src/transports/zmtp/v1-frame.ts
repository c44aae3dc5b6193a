/**
 * Frames of ZMTP 1.0 (RFC 13), which is what libzmq 2.x speaks:
 *
 * ```
 * short   length (1 octet)                  flags   body
 * long    FF   length (8, big-endian)       flags   body
 * ```
 *
 * The length counts the flags octet, so it is never 0. Of the flags only MORE says anything; libzmq 2.x sets others,
 * too.
 */
import { Buffer } from 'node:buffer';
import { ProtocolError } from './protocol-error.js';

const MORE = 1;
/** In the place of a short length. */
const LONG = 0xff;
const SHORT_HEADER = 2;
const LONG_HEADER = 10;
const LENGTH_OFFSET = 1;
const FLAGS_SIZE = 1;
const TWO_TO_32 = 2 ** 32;

/** The header of a frame. @param flags MORE or nothing */
export function v1Header(flags: number, bodyLength: number): Buffer {
  const header = Buffer.allocUnsafe(headerLength(bodyLength));
  const length = FLAGS_SIZE + bodyLength;
  if (header.length === SHORT_HEADER) header[0] = length;
  else {
    header[0] = LONG;
    header.writeBigUInt64BE(BigInt(length), LENGTH_OFFSET);
  }
  header[header.length - FLAGS_SIZE] = flags;
  return header;
}

/** Bytes of a frame with a body of so many. */
export function v1FrameLength(bodyLength: number): number {
  return headerLength(bodyLength) + bodyLength;
}

function headerLength(bodyLength: number): number {
  return FLAGS_SIZE + bodyLength < LONG ? SHORT_HEADER : LONG_HEADER;
}

/** The header of a frame whose bytes come in portions of any size. */
export class V1FrameHeader {
  private readonly bytes = Buffer.alloc(LONG_HEADER);
  private have = 0;

  /**
   * Takes what it lacks from `[at, end)` of the source; answers how many bytes that was.
   * @throws ProtocolError ERR_ZMTP_UNSPECIFIED for a length of 0, and for one that no number is exact for
   */
  take(source: Uint8Array, at: number, end: number): number {
    const start = at;
    while (at < end && !this.complete) this.bytes[this.have++] = source[at++]!;
    if (this.complete) this.check();
    return at - start;
  }

  get complete(): boolean {
    return this.have >= (this.bytes[0] === LONG ? LONG_HEADER : SHORT_HEADER);
  }

  /** MORE or nothing. */
  get flags(): number {
    return this.bytes[this.have - FLAGS_SIZE]! & MORE;
  }

  /** Bytes of the body. */
  get length(): number {
    const { bytes } = this;
    if (bytes[0] !== LONG) return bytes[0]! - FLAGS_SIZE;
    const high = bytes.readUInt32BE(LENGTH_OFFSET);
    return high * TWO_TO_32 + bytes.readUInt32BE(LENGTH_OFFSET + 4) - FLAGS_SIZE;
  }

  /** The next header begins. */
  reset(): void {
    this.have = 0;
    this.bytes[0] = 0;
  }

  private check(): void {
    const { length } = this;
    if (length < 0) throw new ProtocolError('ERR_ZMTP_UNSPECIFIED', 'A frame without flags');
    if (!Number.isSafeInteger(FLAGS_SIZE + length)) {
      throw new ProtocolError('ERR_ZMTP_UNSPECIFIED', `A frame of ${length} bytes is too large`);
    }
  }
}
