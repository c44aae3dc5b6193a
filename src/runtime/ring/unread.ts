import type { RingConsumer } from './consumer.js';
import {
  FRAME_COMMAND,
  FRAME_LONG,
  FRAME_MORE,
  FRAME_PIECE,
  LONG_HEADER,
  SHORT_HEADER,
} from './frame.js';

/**
 * Passes over everything that is published, as its consumer's last act. Answers how many messages it was,
 * signals aside. One in pieces is one if its last piece is there: only then was it sent.
 */
export function skipUnread(bytes: Uint8Array, consumer: RingConsumer): number {
  let messages = 0;
  while (consumer.available()) {
    const { data, mask, head } = consumer;
    const flags = bytes[data + (head & mask)]!;
    const goesOn = (flags & FRAME_PIECE) !== 0 && (flags & FRAME_MORE) !== 0;
    if ((flags & FRAME_COMMAND) === 0 && !goesOn) messages++;
    consumer.head = messageEnd(bytes, data, mask, head);
  }
  return messages;
}

/** Where the message or piece ends that begins at `at`, in the segment with this data and mask. */
function messageEnd(bytes: Uint8Array, data: number, mask: number, at: number): number {
  for (;;) {
    const flags = bytes[data + (at & mask)]!;
    if ((flags & FRAME_LONG) === 0) {
      at = (at + SHORT_HEADER + bytes[data + ((at + 1) & mask)]!) | 0;
    } else {
      // No message in a ring needs the upper half of the length.
      let length = 0;
      for (let i = 5; i < LONG_HEADER; i++)
        length = (length << 8) | bytes[data + ((at + i) & mask)]!;
      at = (at + LONG_HEADER + length) | 0;
    }
    if ((flags & (FRAME_MORE | FRAME_PIECE)) !== FRAME_MORE) return at;
  }
}
