import { Buffer } from 'node:buffer';
import type { Arena } from '../memory/arena.js';
import { copyOut } from '../memory/copy.js';
import { FrameHeader } from '../ring/frame-header.js';

/**
 * What a body is given at first when only a header says how long it will be: the sender may have made that
 * up. From there on it is given twice of what has come.
 */
const UNPROVEN_BYTES = 2 ** 20;

/** A message that comes in pieces, put together in private memory. */
export class Assembly {
  private readonly parts: Buffer[] = [];
  private readonly header = new FrameHeader();
  /** The part that is coming; undefined between two. */
  private body: Buffer | undefined;
  private filled = 0;

  /** @param proven are lengths those of bodies that exist, because their sender is a thread of this process? */
  constructor(
    private readonly arena: Arena,
    private readonly proven: boolean,
  ) {}

  /**
   * Takes `length` more bytes of the message, which lie at a byte offset of the arena.
   * @throws RangeError if there is no memory for them, or no Buffer as long as a header says
   */
  take(offset: number, length: number): void {
    const { arena, header } = this;
    const end = offset + length;
    let at = offset;
    while (at < end) {
      if (this.body === undefined) {
        at += header.take(arena.bytes, at, end);
        if (!header.complete) return;
        this.body = Buffer.allocUnsafe(this.firstRoom());
        this.filled = 0;
      } else {
        const room = this.room();
        const run = Math.min(room, end - at);
        copyOut(arena, at, this.body, this.filled, run);
        this.filled += run;
        at += run;
      }
      if (this.filled === header.length) this.endPart();
    }
  }

  /** The parts, once the last byte has been taken. */
  get message(): Buffer[] {
    return this.parts;
  }

  private firstRoom(): number {
    const { length } = this.header;
    return this.proven ? length : Math.min(length, UNPROVEN_BYTES);
  }

  /** Bytes that the body can take now; at least one. */
  private room(): number {
    const body = this.body!;
    if (this.filled < body.length) return body.length - this.filled;
    this.body = Buffer.allocUnsafe(Math.min(this.header.length, 2 * body.length));
    body.copy(this.body);
    return this.body.length - this.filled;
  }

  private endPart(): void {
    this.parts.push(this.body!);
    this.body = undefined;
    this.header.reset();
  }
}
