import type { Arena } from '../memory/arena.js';
import { readWord } from './big-endian.js';
import type { RingConsumer } from './consumer.js';
import { FRAME_LONG, FRAME_REFERENCE, LONG_HEADER, SHORT_HEADER, TICKET_OFFSET } from './frame.js';

/** Looks at the frames of a ring one by one, wherever their bodies lie. */
export class FrameCursor {
  flags = 0;
  /** Position of the body, if it lies in the ring. */
  body = 0;
  /** Bytes of the body. */
  length = 0;
  /** Byte offset of a body that lies elsewhere, otherwise 0. */
  offset = 0;
  /** Position of the next frame. */
  next = 0;

  constructor(private readonly arena: Arena) {}

  /** Looks at the frame at position `at`, in the consumer's segment. A ticket becomes the message that it stands for. */
  look(consumer: RingConsumer, at: number): void {
    const { data, mask } = consumer;
    const { bytes } = this.arena;
    this.flags = bytes[data + (at & mask)]!;
    this.offset = 0;
    if ((this.flags & FRAME_REFERENCE) !== 0) {
      this.body = (at + SHORT_HEADER) | 0;
      this.offset = readWord(bytes, data, mask, this.body);
      if (this.offset === TICKET_OFFSET) this.offset = consumer.redeem(bytes, this.body);
      this.length = readWord(bytes, data, mask, this.body + 4);
      this.next = (this.body + 8) | 0;
      return;
    }
    if ((this.flags & FRAME_LONG) === 0) {
      this.length = bytes[data + ((at + 1) & mask)]!;
      this.body = (at + SHORT_HEADER) | 0;
    } else {
      // Lengths stay below 2^31, so the upper half of the 64 bits is always 0.
      this.length = readWord(bytes, data, mask, at + 5);
      this.body = (at + LONG_HEADER) | 0;
    }
    this.next = (this.body + this.length) | 0;
  }
}

/** Is the frame at position `at` a ticket that has not been redeemed? */
export function isTicket(bytes: Uint8Array, data: number, mask: number, at: number): boolean {
  return (
    (bytes[data + (at & mask)]! & FRAME_REFERENCE) !== 0 &&
    readWord(bytes, data, mask, at + SHORT_HEADER) === TICKET_OFFSET
  );
}
