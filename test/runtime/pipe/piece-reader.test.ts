import { expect } from 'chai';
import fc from 'fast-check';
import { Arena } from '../../../src/runtime/memory/arena.js';
import { Assembly } from '../../../src/runtime/pipe/assembly.js';
import { PieceReader } from '../../../src/runtime/pipe/piece-reader.js';
import { writeFrame } from '../../../src/runtime/pipe/write-frame.js';
import { RingConsumer } from '../../../src/runtime/ring/consumer.js';
import {
  FRAME_COMMAND,
  FRAME_MORE,
  FRAME_PIECE,
  frameLength,
  wireHeader,
} from '../../../src/runtime/ring/frame.js';
import { RING_HEAD, RING_TAIL, RING_WORDS } from '../../../src/runtime/ring/layout.js';
import { atWork } from '../../../src/runtime/ring/tail.js';
import { RingProducer } from '../../../src/runtime/ring/producer.js';
import { body, digest } from '../../support/bodies.js';
import { PipeEnds } from '../../support/pipe-ends.js';
import { cut, portions } from '../../support/portions.js';
import { frame } from '../../support/wire-peer.js';

const MIB = 2 ** 20;
/** Small, so that most pieces wrap in it sooner or later. */
const RING_BYTES = 4096;
/** The longest that has room in the ring. */
const PIECE_MOST = RING_BYTES - 20;

interface Sent {
  readonly sizes: readonly number[];
  readonly pieces: readonly number[];
  /** How many pieces come before it is taken back; more than there are: none. */
  readonly until: number;
}

const message: fc.Arbitrary<Sent> = fc.record({
  sizes: fc.array(fc.oneof(fc.nat(3), fc.nat(300), fc.nat(9000)), { minLength: 1, maxLength: 4 }),
  pieces: portions(PIECE_MOST),
  until: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 10 })),
});

/** Where rings begin, as far as it can matter: positions wrap at 2^32, and are signed. */
const start = fc.oneof(
  fc.nat(RING_BYTES),
  fc.integer({ min: -3 * RING_BYTES, max: 0 }),
  fc.integer({ min: 2 ** 31 - 3 * RING_BYTES, max: 2 ** 31 - 1 }),
);

/** Frames from one end of a ring to messages at the other. */
class Passage {
  readonly received: Buffer[][] = [];
  private readonly producer: RingProducer;
  private readonly consumer: RingConsumer;
  private readonly reader: PieceReader;

  constructor(
    private readonly arena: Arena,
    { threads: [thread] }: PipeEnds,
    start: number,
    proven: boolean,
  ) {
    const ring = thread.allocator.allocate(RING_WORDS * 4) >>> 2;
    arena.words.fill(0, ring, ring + RING_WORDS);
    arena.words[ring + RING_HEAD] = start;
    arena.words[ring + RING_TAIL] = atWork(start);
    this.producer = new RingProducer(arena, thread.allocator, ring, thread.bodies);
    this.consumer = new RingConsumer(arena.words, ring);
    this.reader = new PieceReader(arena, this.consumer, proven);
    this.producer.reserve(RING_BYTES);
  }

  send(flags: number, bytes: Uint8Array): void {
    if (this.producer.room < frameLength(bytes.length)) this.receive();
    writeFrame(this.arena, this.producer, bytes, bytes.length, flags);
    this.producer.publish(this.producer.write);
  }

  /** Takes all there is. */
  receive(): void {
    const { consumer, reader } = this;
    while (consumer.available()) {
      if (reader.look() === 'last') {
        reader.complete();
        this.received.push(reader.finish());
      } else reader.absorb();
    }
    consumer.release();
    this.producer.collect();
  }
}

function wire(parts: readonly Uint8Array[]): Buffer {
  const last = parts.length - 1;
  return Buffer.concat(parts.map((part, i) => frame(part, i < last ? FRAME_MORE : 0)));
}

/** Puts bytes together that lie in the arena, cut as they come; also says how large the Buffers were that it took. */
function assemble(
  bytes: Uint8Array,
  sizes: readonly number[],
  proven: boolean,
): { message: Buffer[]; took: number[] } {
  const arena = Arena.reserve(2 ** 24);
  arena.buffer.set(bytes);
  const assembly = new Assembly(arena, proven);
  const took: number[] = [];
  const allocate = Object.getOwnPropertyDescriptor(Buffer, 'allocUnsafe')!;
  const make = Buffer.allocUnsafe.bind(Buffer);
  Buffer.allocUnsafe = (length) => {
    took.push(length);
    return make(length);
  };
  try {
    for (const [start, end] of cut(bytes.length, sizes)) assembly.take(start, end - start);
  } finally {
    Object.defineProperty(Buffer, 'allocUnsafe', allocate);
  }
  return { message: assembly.message, took };
}

describe('Messages in pieces', () => {
  it('are put together, wherever they were cut and the ring wraps, and nothing stays of others', () => {
    const ends = new PipeEnds();
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        start,
        fc.boolean(),
        (messages, at, proven) => {
          const passage = new Passage(ends.arena, ends, at, proven);
          const whole: Buffer[][] = [];
          for (const [seed, { sizes, pieces, until }] of messages.entries()) {
            const parts = sizes.map((size, i) => body(size, 10 * seed + i));
            const bytes = wire(parts);
            const cuts = [...cut(bytes.length, pieces)];
            for (const [i, [from, to]] of cuts.slice(0, until).entries()) {
              const more = i < cuts.length - 1 ? FRAME_MORE : 0;
              passage.send(FRAME_PIECE | more, bytes.subarray(from, to));
            }
            if (until < cuts.length) passage.send(FRAME_PIECE | FRAME_COMMAND, Buffer.alloc(0));
            else whole.push(parts);
          }
          passage.receive();
          expect(passage.received.map((parts) => parts.map(digest))).to.deep.equal(
            whole.map((parts) => parts.map(digest)),
          );
        },
      ),
    );
  });

  it('are given memory once where lengths are true, and else little more than twice of what has come', () => {
    const size = 3 * MIB + 7;
    const bytes = wire([Buffer.from('first'), body(size), Buffer.from('last')]);
    for (const [proven, expected] of [
      [true, [5, size, 4]],
      [false, [5, MIB, 2 * MIB, size, 4]],
    ] as const) {
      const { message, took } = assemble(bytes, [65_536, 1, 300_000], proven);
      expect(message.map(digest)).to.deep.equal(
        ['first', body(size), 'last'].map((part) => digest(Buffer.from(part as Buffer))),
      );
      expect(took).to.deep.equal(expected);
    }
  });

  it('that lie about their length get no more memory than twice of what has come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4 * MIB, max: Number.MAX_SAFE_INTEGER }),
        fc.nat(3 * MIB),
        portions(MIB),
        (length, came, sizes) => {
          const bytes = Buffer.concat([wireHeader(0, length), Buffer.alloc(came)]);
          const { took } = assemble(bytes, [100_000, ...sizes], false);
          expect(Math.max(...took)).to.be.at.most(Math.max(2 * came, MIB));
        },
      ),
      { numRuns: 20 },
    );
  });
});
