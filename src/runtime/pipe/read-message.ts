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

/**
 * Takes the message at `consumer.head` out of its ring without copying it: views of the arena, good until the
 * ring is released, but for parts that wrap in it, which are private.
 * @param offered is given the byte offsets of those that lie outside of the ring: a hand can hold them longer
 */
export function readViews(
  arena: Arena,
  consumer: RingConsumer,
  frame: FrameCursor,
  offered: Set<number>,
): Buffer[] {
  const parts: Buffer[] = [];
  do {
    frame.look(consumer, consumer.head);
    parts.push(viewOf(arena, consumer, frame));
    if (frame.offset !== 0) {
      offered.add(frame.offset);
      consumer.passedMemory = true;
    }
    consumer.head = frame.next;
  } while ((frame.flags & FRAME_MORE) !== 0);
  return parts;
}

function viewOf(arena: Arena, { data, mask }: RingConsumer, frame: FrameCursor): Buffer {
  const { offset, body, length } = frame;
  if (offset !== 0) return arena.buffer.subarray(offset, offset + length);
  const from = body & mask;
  const run = mask + 1 - from;
  if (length <= run) return arena.buffer.subarray(data + from, data + from + length);
  const copy = Buffer.allocUnsafe(length);
  copyOut(arena, data + from, copy, 0, run);
  copyOut(arena, data, copy, run, length - run);
  return copy;
}
