import { Buffer } from 'node:buffer';
import type { Body } from '../base/message.js';
import type { Arena } from '../memory/arena.js';
import { copyIn } from '../memory/copy.js';
import {
  FRAME_LONG,
  FRAME_REFERENCE,
  LONG_HEADER,
  REFERENCE_FRAME,
  SHORT_BODY_MAX,
  SHORT_HEADER,
} from '../ring/frame.js';
import { writeWord } from '../ring/big-endian.js';
import type { RingProducer } from '../ring/producer.js';

/**
 * Writes one frame at `producer.write`. Room for it has been reserved. Short bodies have a way of their own, so short
 * that it is compiled into whoever sends them.
 * @param length of the body in bytes
 */
export function writeFrame(
  arena: Arena,
  producer: RingProducer,
  body: Body,
  length: number,
  flags: number,
): void {
  if (length > SHORT_BODY_MAX) {
    writeLong(arena, producer, body, length, flags);
    return;
  }
  const { data, mask, write } = producer;
  const { bytes } = arena;
  bytes[data + (write & mask)] = flags;
  bytes[data + ((write + 1) & mask)] = length;
  writeBody(arena, producer, body, length, (write + SHORT_HEADER) | 0);
}

function writeLong(
  arena: Arena,
  producer: RingProducer,
  body: Body,
  length: number,
  flags: number,
): void {
  const { data, mask, write } = producer;
  const { bytes } = arena;
  bytes[data + (write & mask)] = flags | FRAME_LONG;
  // Lengths stay below 2^31, so the upper half of the 64 bits is always 0.
  for (let i = 1; i <= 4; i++) bytes[data + ((write + i) & mask)] = 0;
  writeWord(bytes, data, mask, write + 5, length);
  writeBody(arena, producer, body, length, (write + LONG_HEADER) | 0);
}

/** Copies the body to position `at`, and goes on behind it. */
function writeBody(
  arena: Arena,
  producer: RingProducer,
  body: Body,
  length: number,
  at: number,
): void {
  const { data, mask } = producer;
  const offset = at & mask;
  if (length > mask + 1 - offset) writeWrapped(arena, producer, body, length, offset);
  else if (typeof body === 'string') arena.buffer.write(body, data + offset, length);
  else copyIn(arena, data + offset, body, 0, length);
  producer.write = (at + length) | 0;
}

function writeWrapped(
  arena: Arena,
  { data, mask }: RingProducer,
  body: Body,
  length: number,
  offset: number,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const run = mask + 1 - offset;
  copyIn(arena, data + offset, bytes, 0, run);
  copyIn(arena, data, bytes, run, length - run);
}

/** Writes a frame that says where its body lies. Room for it has been reserved. */
export function writeReference(
  arena: Arena,
  producer: RingProducer,
  offset: number,
  length: number,
  flags: number,
): void {
  const { data, mask, write } = producer;
  const { bytes } = arena;
  bytes[data + (write & mask)] = flags | FRAME_REFERENCE;
  bytes[data + ((write + 1) & mask)] = 8;
  writeWord(bytes, data, mask, write + 2, offset);
  writeWord(bytes, data, mask, write + 6, length);
  producer.write = (write + REFERENCE_FRAME) | 0;
}
