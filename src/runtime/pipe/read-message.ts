import { Buffer } from 'node:buffer';
import type { Arena } from '../memory/arena.js';
import { copyOut } from '../memory/copy.js';
import { readWord } from '../ring/big-endian.js';
import type { RingConsumer } from '../ring/consumer.js';
import {
  FRAME_LONG,
  FRAME_MORE,
  FRAME_REFERENCE,
  LONG_HEADER,
  SHORT_HEADER,
} from '../ring/frame.js';
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
  return (flags & FRAME_MORE) === 0 ? [first] : readRest(arena, consumer, [first]);
}

function readRest(arena: Arena, consumer: RingConsumer, parts: Buffer[]): Buffer[] {
  const { data, mask } = consumer;
  const bytes = arena.bytes;
  for (;;) {
    const flags = bytes[data + (consumer.head & mask)]!;
    parts.push(readBody(arena, consumer, flags));
    if ((flags & FRAME_MORE) === 0) return parts;
  }
}

// Short bodies have a way of their own, so short that it is compiled into whoever receives them.
function readBody(arena: Arena, consumer: RingConsumer, flags: number): Buffer {
  if ((flags & (FRAME_LONG | FRAME_REFERENCE)) !== 0) return readLong(arena, consumer, flags);
  const { data, head, mask } = consumer;
  const length = arena.bytes[data + ((head + 1) & mask)]!;
  return takeBody(arena, consumer, (head + SHORT_HEADER) | 0, length);
}

function readLong(arena: Arena, consumer: RingConsumer, flags: number): Buffer {
  if ((flags & FRAME_REFERENCE) !== 0) return readReferred(arena, consumer);
  const { data, head, mask } = consumer;
  // A frame in a ring fits the ring, so the upper half of the 64 bits is 0.
  const length = readWord(arena.bytes, data, mask, head + 5);
  return takeBody(arena, consumer, (head + LONG_HEADER) | 0, length);
}

/**
 * Every empty body: each envelope has one, and a Buffer costs more than the rest of such a frame. Of Node's pool, as
 * short bodies are, so that nobody can transfer it.
 */
const NOTHING = Buffer.allocUnsafe(1).subarray(1);

/** Copies the body at position `at` out. */
function takeBody(arena: Arena, consumer: RingConsumer, at: number, length: number): Buffer {
  if (length === 0) {
    consumer.head = at;
    return NOTHING;
  }
  const body = Buffer.allocUnsafe(length);
  copyBody(arena, consumer, at, body, length);
  consumer.head = (at + length) | 0;
  return body;
}

/** Copies what lies at position `at`, which may wrap in the ring. */
function copyBody(
  arena: Arena,
  { data, mask }: RingConsumer,
  at: number,
  target: Uint8Array,
  length: number,
): void {
  const offset = at & mask;
  const run = mask + 1 - offset;
  if (length <= run) {
    copyOut(arena, data + offset, target, 0, length);
  } else {
    copyOut(arena, data + offset, target, 0, run);
    copyOut(arena, data, target, run, length - run);
  }
}

/**
 * Copies the message at `consumer.head` to the beginning of `room`, if it is a single part that lies in the ring and fits:
 * no Buffer is made for it. Answers its bytes; -1 if it is none such, and still there.
 */
export function readInto(arena: Arena, consumer: RingConsumer, room: Uint8Array): number {
  const { data, head, mask } = consumer;
  const { bytes } = arena;
  const flags = bytes[data + (head & mask)]!;
  if ((flags & (FRAME_MORE | FRAME_REFERENCE)) !== 0) return -1;
  const long = (flags & FRAME_LONG) !== 0;
  const length = long ? readWord(bytes, data, mask, head + 5) : bytes[data + ((head + 1) & mask)]!;
  if (length > room.length) return -1;
  const at = (head + (long ? LONG_HEADER : SHORT_HEADER)) | 0;
  copyBody(arena, consumer, at, room, length);
  consumer.head = (at + length) | 0;
  return length;
}

function readReferred(arena: Arena, consumer: RingConsumer): Buffer {
  const frame = new FrameCursor(arena);
  frame.look(consumer, consumer.head);
  const body = Buffer.allocUnsafe(frame.length);
  copyOut(arena, frame.offset, body, 0, frame.length);
  consumer.passedMemory = true;
  consumer.special = (consumer.special + 1) | 0;
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
      consumer.special = (consumer.special + 1) | 0;
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
