import type { Arena } from '../runtime/memory/arena.js';
import type { SharedBody } from '../runtime/memory/bodies.js';
import { copyOut } from '../runtime/memory/copy.js';

/**
 * A long body that is received where it will be read: it lies in the arena outside of the ring, which carries its
 * address. A lease can keep it there without a copy, and a block that is used again is still in a cache, where a ring
 * of such messages is not.
 */
export class InboundBody {
  private filled = 0;

  constructor(
    private readonly arena: Arena,
    readonly shared: SharedBody,
  ) {}

  /** Has all of it come? */
  get whole(): boolean {
    return this.filled === this.shared.length;
  }

  /** Where the next bytes go. */
  space(): Uint8Array {
    const { offset, length } = this.shared;
    return this.arena.buffer.subarray(offset + this.filled, offset + length);
  }

  /** So many bytes have come into the space. */
  received(length: number): void {
    this.filled += length;
  }

  /** Takes what of it has come elsewhere in the arena, at a byte offset. */
  take(at: number, length: number): void {
    copyOut(this.arena, at, this.arena.buffer, this.shared.offset + this.filled, length);
    this.filled += length;
  }

  /** Takes bytes from elsewhere, as many as are its own. Answers how many. */
  accept(bytes: Uint8Array): number {
    const space = this.space();
    const length = Math.min(bytes.length, space.length);
    space.set(length < bytes.length ? bytes.subarray(0, length) : bytes);
    this.filled += length;
    return length;
  }
}
