import { FRAME_LONG, LONG_HEADER, SHORT_HEADER } from './frame.js';
import { readWord } from './big-endian.js';

const LENGTH_FIRST = 1;
const TWO_TO_32 = 2 ** 32;

/** The header of a frame whose bytes come in portions of any size. */
export class FrameHeader {
  private readonly bytes = new Uint8Array(LONG_HEADER);
  private have = 0;

  /** Takes what it lacks from `[at, end)` of the source; answers how many bytes that was. */
  take(source: Uint8Array, at: number, end: number): number {
    const start = at;
    while (at < end && !this.complete) this.bytes[this.have++] = source[at++]!;
    return at - start;
  }

  /** Has its first byte been taken? */
  get begun(): boolean {
    return this.have > 0;
  }

  get complete(): boolean {
    return this.have >= ((this.bytes[0]! & FRAME_LONG) === 0 ? SHORT_HEADER : LONG_HEADER);
  }

  get flags(): number {
    return this.bytes[0]!;
  }

  /** Bytes of the body. Whatever the 64 bits say: beyond 2^53 it is not exact, and no less too long. */
  get length(): number {
    const { bytes } = this;
    if ((bytes[0]! & FRAME_LONG) === 0) return bytes[LENGTH_FIRST]!;
    // A mask of all ones: they lie in a row.
    const high = readWord(bytes, 0, -1, LENGTH_FIRST) >>> 0;
    return high * TWO_TO_32 + (readWord(bytes, 0, -1, LENGTH_FIRST + 4) >>> 0);
  }

  /** The next header begins. */
  reset(): void {
    this.have = 0;
    this.bytes[0] = 0;
  }
}
