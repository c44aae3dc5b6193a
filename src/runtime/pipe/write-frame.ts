import type { Body } from '../base/message.js';
import type { Arena } from '../memory/arena.js';
import { copyIn } from '../memory/copy.js';
import { FRAME_LONG, FRAME_REFERENCE, REFERENCE_FRAME, SHORT_BODY_MAX } from '../ring/frame.js';
import { writeWord } from '../ring/frame-cursor.js';
import type { RingProducer } from '../ring/producer.js';

/**
 * Writes one frame at `producer.write`. Room for it has been reserved.
 * @param length of the body in bytes
 */
export function writeFrame(
  arena: Arena,
  producer: RingProducer,
  body: Body,
  length: number,
  flags: number,
): void {
  const { data, mask } = producer;
  const bytes = arena.bytes;
  let at = producer.write;
  if (length <= SHORT_BODY_MAX) {
    bytes[data + (at & mask)] = flags;
    bytes[data + ((at + 1) & mask)] = length;
    at = (at + 2) | 0;
  } else {
    bytes[data + (at & mask)] = flags | FRAME_LONG;
    // Lengths stay below 2^31, so the upper half of the 64 bits is always 0.
    for (let i = 1; i <= 4; i++) bytes[data + ((at + i) & mask)] = 0;
    bytes[data + ((at + 5) & mask)] = length >>> 24;
    bytes[data + ((at + 6) & mask)] = length >>> 16;
    bytes[data + ((at + 7) & mask)] = length >>> 8;
    bytes[data + ((at + 8) & mask)] = length;
    at = (at + 9) | 0;
  }
  const offset = at & mask;
  const run = mask + 1 - offset;
  if (length <= run) {
    if (typeof body === 'string') arena.buffer.write(body, data + offset, length);
    else copyIn(arena, data + offset, body, 0, length);
  } else {
    const wrapped = typeof body === 'string' ? Buffer.from(body) : body;
    copyIn(arena, data + offset, wrapped, 0, run);
    copyIn(arena, data, wrapped, run, length - run);
  }
  producer.write = (at + length) | 0;
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
