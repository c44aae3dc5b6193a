import { Buffer } from 'node:buffer';

const NOTHING = Buffer.alloc(0);

/**
 * Bytes that have been received and are not in a ring yet, first in, first out. The space that was given last
 * stays where it is until the next is asked for: the kernel may write there at any time until then.
 */
export class Spill {
  private buffer: Buffer = NOTHING;
  private start = 0;
  private end = 0;
  /** What comes before all that is in the buffer. */
  private front: Uint8Array = NOTHING;

  get length(): number {
    return this.front.length + this.end - this.start;
  }

  /** Room for at least so many bytes. */
  space(length: number): Uint8Array {
    if (this.start === this.end) this.start = this.end = 0;
    if (this.buffer.length - this.end < length) this.move(length);
    return this.buffer.subarray(this.end);
  }

  /** So many bytes have come into the space that was given last. */
  received(length: number): void {
    // What was passed in the meantime has moved the start alone.
    this.end += length;
  }

  /** Bytes that come after all others. A copy; no space may be out. */
  append(bytes: Uint8Array): void {
    this.space(bytes.length).set(bytes);
    this.received(bytes.length);
  }

  /** Bytes that come before all others. Kept, not copied. */
  prepend(bytes: Uint8Array): void {
    this.front = this.front.length === 0 ? bytes : Buffer.concat([bytes, this.front]);
  }

  /** The first of the bytes, as many as lie in a row; at least one unless there are none. */
  peek(): Uint8Array {
    return this.front.length > 0 ? this.front : this.buffer.subarray(this.start, this.end);
  }

  /** The first bytes are no longer needed; no more of them than `peek` gave. */
  pass(length: number): void {
    if (this.front.length > length) this.front = this.front.subarray(length);
    else if (this.front.length > 0) this.front = NOTHING;
    else this.start += length;
  }

  /** Forgets everything, and gives its memory back. No space may be out. */
  clear(): void {
    this.buffer = NOTHING;
    this.front = NOTHING;
    this.start = this.end = 0;
  }

  private move(length: number): void {
    const kept = this.end - this.start;
    const buffer = Buffer.allocUnsafeSlow(kept + length);
    this.buffer.copy(buffer, 0, this.start, this.end);
    this.buffer = buffer;
    this.start = 0;
    this.end = kept;
  }
}
