import { Allocator } from '../../../../src/runtime/memory/allocator.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { store } from '../../../../src/runtime/memory/atomics.js';
import { Bodies } from '../../../../src/runtime/memory/bodies.js';
import { PageTable } from '../../../../src/runtime/memory/pages.js';
import { RingConsumer } from '../../../../src/runtime/ring/consumer.js';
import { SHORT_FRAME_MAX } from '../../../../src/runtime/ring/frame.js';
import * as layout from '../../../../src/runtime/ring/layout.js';
import { RingProducer } from '../../../../src/runtime/ring/producer.js';
import { atWork } from '../../../../src/runtime/ring/tail.js';
import type { Scenario } from '../explore.js';
import { awaitChange, label, makeArena } from '../world.js';

/** A ring alone: both ends poll, and wait for the other without a doorbell. */

/** Positions begin just below the wrap to negative numbers, or to zero. */
const BELOW_NEGATIVE = 0x7ffffff0;
const BELOW_ZERO = -16;
/** A line of the cache below the wrap to negative numbers, and where one begins. */
const LINE_BELOW_NEGATIVE = 0x7fffffc0;
/** First segments have 4 KiB: this much admits a second one of 8 KiB and no third. */
const TWO_SEGMENTS = 4 * (4096 + 8192);

interface Ends {
  readonly arena: Arena;
  readonly allocator: Allocator;
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;
}

function makeRing(start: number, arenaSize: number, hwm: number): Ends {
  const arena = makeArena(arenaSize);
  const allocator = new Allocator(new PageTable(arena.words, arenaSize, 1), () => undefined);
  const ring = allocator.allocate(layout.RING_WORDS * 4) >>> 2;
  label('ring', ring, layout, 'RING_');
  store(arena.words, ring + layout.RING_TAIL, atWork(start));
  store(arena.words, ring + layout.RING_HEAD, start);
  store(arena.words, ring + layout.RING_HWM, hwm);
  const producer = new RingProducer(arena, allocator, ring, new Bodies(arena, allocator));
  const consumer = new RingConsumer(arena.words, ring);
  return { arena, allocator, producer, consumer };
}

/** Writes a part, marked at both of its ends, as a pipe does. */
function write({ arena, producer }: Ends, length: number, mark: number): void {
  const claims = length <= SHORT_FRAME_MAX && producer.claims(length);
  while (!claims && !producer.reserve(length)) awaitChange();
  const { bytes } = arena;
  const last = producer.write + length - 1;
  bytes[producer.data + (producer.write & producer.mask)] = mark;
  bytes[producer.data + (last & producer.mask)] = mark;
  producer.write = (last + 1) | 0;
}

function read({ arena, consumer }: Ends, length: number, mark: number): void {
  const { bytes } = arena;
  const last = consumer.head + length - 1;
  expect(bytes[consumer.data + (consumer.head & consumer.mask)]!, mark);
  expect(bytes[consumer.data + (last & consumer.mask)]!, mark);
  consumer.head = (last + 1) | 0;
}

function expect(found: number, expected: number): void {
  if (found !== expected) throw new Error(`read ${found} in place of ${expected}`);
}

function checkFreed({ allocator, producer }: Ends): void {
  if (!producer.drained()) throw new Error('not all was released');
  producer.free();
  // The control block is still there.
  if (allocator.blocks !== 1) throw new Error(`${allocator.blocks - 1} blocks were not freed`);
}

function passing(start: number, lengths: readonly number[], releaseEvery: number): Scenario {
  const ends = makeRing(start, TWO_SEGMENTS, 0);
  const { producer, consumer } = ends;
  const produce = (): void => {
    for (let i = 0; i < lengths.length; i++) {
      write(ends, lengths[i]!, i + 1);
      producer.commit();
    }
  };
  const consume = (): void => {
    for (let i = 0; i < lengths.length; i++) {
      while (!consumer.available()) {
        if (!consumer.release()) awaitChange();
      }
      read(ends, lengths[i]!, i + 1);
      if ((i + 1) % releaseEvery === 0) consumer.release();
    }
    consumer.release();
  };
  return { threads: [produce, consume], check: () => checkFreed(ends) };
}

/** A message for each release; the ring grows, and wraps in both segments. */
export function wrapAndGrow(): Scenario {
  return passing(BELOW_NEGATIVE, [10, 4090, 3000, 5000, 5000], 1);
}

export function wrapToZero(): Scenario {
  return passing(BELOW_ZERO, [16, 4080, 4000, 6000], 1);
}

/** Short messages behind one that is unread, with less room than a producer asks for at once. */
export function shortBesideUnread(): Scenario {
  return passing(LINE_BELOW_NEGATIVE, [3700, 10, 10, 10], 2);
}

/** Several messages for each release, so that a release passes the end of a segment. */
export function releaseLate(): Scenario {
  return passing(BELOW_NEGATIVE, [2000, 2000, 2000, 3000, 5000], 3);
}

/** Messages of two parts, the second of which moves the first to a new segment; one is rolled back. */
export function multipart(): Scenario {
  const ends = makeRing(BELOW_NEGATIVE, TWO_SEGMENTS, 0);
  const { producer, consumer } = ends;
  const produce = (): void => {
    for (let i = 1; i <= 2; i++) {
      write(ends, 1000, i);
      write(ends, 3500, i);
      producer.commit();
      write(ends, 300, 77);
      producer.rollback();
    }
  };
  const consume = (): void => {
    for (let i = 1; i <= 2; i++) {
      while (!consumer.available()) awaitChange();
      read(ends, 1000, i);
      read(ends, 3500, i);
      consumer.release();
    }
  };
  return { threads: [produce, consume], check: () => checkFreed(ends) };
}

/** The mark bounds what is under way, counted by positions alone. */
export function highWaterMark(): Scenario {
  const messages = 4;
  const hwm = 2;
  const ends = makeRing(BELOW_NEGATIVE, TWO_SEGMENTS, hwm);
  const { producer, consumer } = ends;
  let sent = 0;
  let released = 0;
  const produce = (): void => {
    for (let i = 1; i <= messages; i++) {
      while (!producer.belowHwm()) awaitChange();
      if (sent - released >= hwm) throw new Error('more than the mark allows');
      write(ends, 10, i);
      sent++;
      producer.commit();
    }
  };
  const consume = (): void => {
    for (let i = 1; i <= messages; i++) {
      while (!consumer.available()) awaitChange();
      read(ends, 10, i);
      released++;
      consumer.release();
    }
  };
  return { threads: [produce, consume], check: () => checkFreed(ends) };
}
