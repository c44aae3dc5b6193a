import type { Arena } from '../memory/arena.js';
import { copyOut } from '../memory/copy.js';
import type { RingConsumer } from '../ring/consumer.js';
import { FRAME_LONG, FRAME_MORE, FRAME_REFERENCE } from '../ring/frame.js';
import { FrameCursor } from '../ring/frame-cursor.js';

/**
 * Takes the message at `consumer.head` out of its ring, as private Buffers. There is one: messages
 * become visible whole.
 */
export function readMessage(arena: Arena, consumer: RingConsumer): Buffer[] {
  const { data, mask } = consumer;
  const bytes = arena.bytes;
  const flags = bytes[data + (consumer.head & mask)]!;
  const first = readBody(arena, consumer, flags);
  if ((flags & FRAME_MORE) === 0) return [first];
  const parts = [first];
  for (;;) {
    const next = bytes[data + (consumer.head & mask)]!;
    parts.push(readBody(arena, consumer, next));
    if ((next & FRAME_MORE) === 0) return parts;
  }
}

function readBody(arena: Arena, consumer: RingConsumer, flags: number): Buffer {
  if ((flags & FRAME_REFERENCE) !== 0) return readReferred(arena, consumer);
  const { data, mask } = consumer;
  const bytes = arena.bytes;
  let at = consumer.head;
  let length: number;
  if ((flags & FRAME_LONG) === 0) {
    length = bytes[data + ((at + 1) & mask)]!;
    at = (at + 2) | 0;
  } else {
    // A frame in a ring fits the ring, so the upper half of the 64 bits is 0.
    length =
      (bytes[data + ((at + 5) & mask)]! << 24) |
      (bytes[data + ((at + 6) & mask)]! << 16) |
      (bytes[data + ((at + 7) & mask)]! << 8) |
      bytes[data + ((at + 8) & mask)]!;
    at = (at + 9) | 0;
  }
  const body = Buffer.allocUnsafe(length);
  const offset = at & mask;
  const run = mask + 1 - offset;
  if (length <= run) {
    copyOut(arena, data + offset, body, 0, length);
  } else {
    copyOut(arena, data + offset, body, 0, run);
    copyOut(arena, data, body, run, length - run);
  }
  consumer.head = (at + length) | 0;
  return body;
}

function readReferred(arena: Arena, consumer: RingConsumer): Buffer {
  const frame = new FrameCursor(arena);
  frame.look(consumer, consumer.head);
  const body = Buffer.allocUnsafe(frame.length);
  copyOut(arena, frame.offset, body, 0, frame.length);
  consumer.passedMemory = true;
  consumer.head = frame.next;
  return body;
}
