import { expect } from 'chai';
import fc from 'fast-check';
import { PIPE_RING_A } from '../../src/runtime/pipe/layout.js';
import { RingConsumer } from '../../src/runtime/ring/consumer.js';
import { Inbound } from '../../src/transports/inbound.js';
import { body, digest } from '../support/bodies.js';
import { PipeEnds } from '../support/pipe-ends.js';
import { portions } from '../support/portions.js';
import { frame, MORE, ping } from '../support/wire-peer.js';

const KIB = 1024;
/** Smaller examples than the first one that fails take too long to find. */
const QUICK = { endOnFailure: true };
/** Rounds in which neither end moves until it is clear that nothing will: whoever waits is told in the next. */
const IDLE_MOST = 3;

/** A connection whose peer says one thing after another, and the application that it is for. */
class Connection {
  readonly received: string[][] = [];
  readonly commands: Buffer[] = [];
  readonly inbound: Inbound;
  private open = true;
  private space: Uint8Array;

  constructor(private readonly ends: PipeEnds) {
    this.inbound = new Inbound(ends.arena, ends.session, -1, false, {
      command: (body) => this.commands.push(body),
    });
    ends.session.events = {
      readActivated: () => undefined,
      writeActivated: () => this.resume(),
      pipeTerminated: () => undefined,
    };
    // As a link does: it has one out at any time, also while it is paused.
    this.space = this.inbound.space();
  }

  /** A read of at most so many of the bytes; answers how many it was: none while the link is paused. */
  read(bytes: Uint8Array, most: number): number {
    if (!this.open) return 0;
    const length = Math.min(most, this.space.length, bytes.length);
    this.space.set(bytes.subarray(0, length));
    this.open = this.inbound.received(length);
    this.space = this.inbound.space();
    return length;
  }

  /** The application receives at most so many messages. False if it has come no further. */
  receive(most: number): boolean {
    const { consumer } = this.ends.application;
    const { head } = consumer;
    for (let i = 0; i < most; i++) {
      const message = this.ends.read();
      if (message === undefined) break;
      this.received.push(message.map(digest));
    }
    const { mark, session } = this.ends;
    if (mark > 0) expect(session.written - this.received.length).to.be.at.most(mark);
    this.ends.turn();
    return consumer.head !== head;
  }

  private resume(): void {
    if (this.inbound.resume()) this.open = true;
  }
}

interface Plan {
  readonly messages: readonly (readonly number[])[];
  /** Bytes that a read gives. */
  readonly reads: readonly number[];
  /** Messages that the application receives after each read. */
  readonly receives: readonly number[];
  readonly mark: number;
  /** Whether there is memory during each read, where a test says that it may be missing. */
  readonly memory: readonly boolean[];
}

function plans(part: fc.Arbitrary<number>, messages: number, read: number): fc.Arbitrary<Plan> {
  return fc.record({
    messages: fc.array(fc.array(part, { minLength: 1, maxLength: 4 }), { maxLength: messages }),
    reads: portions(read),
    receives: fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
    mark: fc.constantFrom(0, 1, 2, 5),
    memory: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
  });
}

function parts(sizes: readonly number[], seed: number): Buffer[] {
  return sizes.map((size, i) => body(size, 10 * seed + i));
}

function wire(parts: readonly Uint8Array[]): Buffer {
  const last = parts.length - 1;
  return Buffer.concat(parts.map((part, i) => frame(part, i < last ? MORE : 0)));
}

/** Gives the connection all of the bytes, and the application what it takes meanwhile; then all that is left. */
function carry(
  connection: Connection,
  bytes: Buffer,
  { reads, receives }: Pick<Plan, 'reads' | 'receives'>,
  beforeRead = (): void => undefined,
): void {
  let at = 0;
  for (let i = 0, idle = 0; at < bytes.length; i++) {
    beforeRead();
    const length = connection.read(bytes.subarray(at), reads[i % reads.length]!);
    at += length;
    // A paused link goes on when the application receives: then it receives all.
    const most = length === 0 ? Infinity : receives[i % receives.length]!;
    const moved = connection.receive(most) || length > 0;
    idle = moved ? 0 : idle + 1;
    if (idle > IDLE_MOST) throw new Error(`stuck at byte ${at} of ${bytes.length}`);
  }
  for (let idle = 0; idle <= IDLE_MOST; idle++) if (connection.receive(Infinity)) idle = 0;
}

function expectAll(plan: Plan, ends: PipeEnds, beforeRead?: () => void): void {
  const messages = plan.messages.map(parts);
  const connection = new Connection(ends);
  carry(connection, Buffer.concat(messages.map(wire)), plan, beforeRead);
  expect(connection.received).to.deep.equal(messages.map((message) => message.map(digest)));
}

/** How many bodies the session has outside of its ring. */
function places({ threads: [{ bodies }] }: PipeEnds): number {
  bodies.collect();
  return bodies.count;
}

describe('What a peer sends', () => {
  it('is there to be received before a PING that came behind it is answered', () => {
    const { arena, session } = new PipeEnds(1);
    const application = new RingConsumer(arena.words, session.at + PIPE_RING_A);
    const found: boolean[] = [];
    const inbound = new Inbound(arena, session, -1, false, {
      command: () => found.push(application.available()),
    });

    inbound.accept(Buffer.concat([frame('before'), ping('')]));

    expect(found).to.deep.equal([true]);
  });

  const small = fc.oneof(fc.nat(3), fc.nat(300), fc.nat(20 * KIB));
  const large = fc.oneof(fc.nat(300), fc.nat(300 * KIB), fc.nat(3000 * KIB));

  it('is received whole and in order, in whatever portions it comes and whenever there is room', () => {
    fc.assert(
      fc.property(plans(small, 10, 10 * KIB), (plan) => expectAll(plan, new PipeEnds(plan.mark))),
      QUICK,
    );
  });

  it('is, too, where a ring holds some of its messages only in pieces', () => {
    fc.assert(
      fc.property(plans(large, 4, 300 * KIB), (plan) => expectAll(plan, new PipeEnds(plan.mark))),
      { numRuns: 10, ...QUICK },
    );
  });

  /** Such as have a place of their own at the end of a message, and such as just have not. */
  const long = fc.oneof(fc.nat(300), fc.integer({ min: 255 * KIB, max: 1025 * KIB }));

  it('is, too, where long bodies have places of their own', () => {
    fc.assert(
      fc.property(plans(long, 5, 300 * KIB), (plan) => {
        const ends = new PipeEnds(plan.mark);
        expectAll(plan, ends);
        expect(places(ends)).to.equal(0);
      }),
      { numRuns: 15, ...QUICK },
    );
  });

  it('is, too, where there is no memory for such places, or comes back in between', () => {
    fc.assert(
      fc.property(plans(long, 3, 300 * KIB), (plan) => {
        const ends = new PipeEnds(plan.mark);
        let round = 0;
        expectAll(plan, ends, () => {
          if (plan.memory[round++ % plan.memory.length]!) ends.recover();
          else ends.exhaust();
        });
        expect(places(ends)).to.equal(0);
      }),
      { numRuns: 10, ...QUICK },
    );
  });

  it('is where a lease of it is, if it is long and ends its message', () => {
    const ends = new PipeEnds();
    const connection = new Connection(ends);
    const message = [body(300), body(600 * KIB)];
    const bytes = wire(message);
    for (let at = 0; at < bytes.length;) at += connection.read(bytes.subarray(at), 200_000);
    expect(places(ends)).to.equal(1);
    const { application } = ends;
    expect(application.checkRead()).to.equal(true);
    const [short, part] = application.readViews();
    const { leases } = ends.threads[1];
    expect(leases.offered.has(part!.byteOffset)).to.equal(true);
    const lease = leases.of(part!);
    expect([digest(short!), digest(lease.bytes)]).to.deep.equal(message.map(digest));
    expect(lease.bytes.byteOffset).to.equal(part!.byteOffset);
    ends.turn();
    expect(places(ends)).to.equal(1);
    lease.release();
    expect(places(ends)).to.equal(0);
  });

  it('waits below the mark in its place, if it is long, and what is behind it waits, too', () => {
    const ends = new PipeEnds(1);
    const connection = new Connection(ends);
    const messages = [[body(300 * KIB, 1)], [body(300 * KIB, 2)], [body(5, 3)]];
    const bytes = Buffer.concat(messages.map(wire));
    let at = 0;
    for (let read = -1; read !== 0; at += read) read = connection.read(bytes.subarray(at), 100_000);
    expect(ends.session.written).to.equal(1);
    expect(places(ends)).to.equal(2);
    carry(connection, bytes.subarray(at), { reads: [100_000], receives: [0] });
    expect(connection.received).to.deep.equal(messages.map((message) => message.map(digest)));
    expect(places(ends)).to.equal(0);
  });

  it('is, too, where a ring is full just when a frame begins', () => {
    for (let short = 0; short < 12; short++) {
      const ends = new PipeEnds();
      const message = [body(2 ** 21 - 9 - short), body(300), body(0)];
      const connection = new Connection(ends);
      carry(connection, wire(message), { reads: [256 * KIB], receives: [1] });
      expect(connection.received).to.deep.equal([message.map(digest)]);
    }
  });

  it('is, too, where there is no memory for any but the shortest', () => {
    fc.assert(
      fc.property(plans(small, 10, 10 * KIB), (plan) => {
        const ends = new PipeEnds(plan.mark);
        ends.exhaust();
        expectAll(plan, ends);
      }),
      QUICK,
    );
  });

  it('is, too, where memory goes and comes back in between', () => {
    fc.assert(
      fc.property(plans(small, 10, 10 * KIB), (plan) => {
        const ends = new PipeEnds(plan.mark);
        let round = 0;
        expectAll(plan, ends, () => {
          if (plan.memory[round++ % plan.memory.length]!) ends.recover();
          else ends.exhaust();
        });
      }),
      { numRuns: 50, ...QUICK },
    );
  });

  it('leaves nothing of what has not come whole when the connection is gone', () => {
    fc.assert(
      fc.property(
        plans(fc.oneof(large, long), 3, 300 * KIB),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (plan, part) => {
          const ends = new PipeEnds(plan.mark);
          const connection = new Connection(ends);
          const messages = plan.messages.map(parts);
          const bytes = messages.map(wire);
          const cut = Math.round(bytes.reduce((sum, { length }) => sum + length, 0) * part);
          let end = 0;
          const whole = bytes.filter(({ length }) => (end += length) <= cut).length;
          carry(connection, Buffer.concat(bytes).subarray(0, cut), plan);
          connection.inbound.rollback();
          expect(places(ends)).to.equal(0);
          expect(ends.application.skipUnread()).to.equal(0);
          expect(connection.received).to.deep.equal(
            messages.slice(0, whole).map((message) => message.map(digest)),
          );
          // The pipe itself goes on.
          expect(ends.session.write(['behind'])).to.equal(true);
          expect(ends.read()?.map(String)).to.deep.equal(['behind']);
        },
      ),
      { numRuns: 25, ...QUICK },
    );
  });

  const withCommands = (plan: Plan, ends: PipeEnds): void => {
    const messages = plan.messages.map(parts);
    const connection = new Connection(ends);
    let sent = 0;
    const stream = messages.map((message) => {
      const frames = message.map((part, i) => frame(part, i < message.length - 1 ? MORE : 0));
      return Buffer.concat(frames.map((one) => Buffer.concat([ping(`${sent++}`), one])));
    });
    carry(connection, Buffer.concat(stream), plan);
    expect(connection.commands.map((command) => String(command.subarray(7)))).to.deep.equal(
      Array.from({ length: sent }, (_, i) => `${i}`),
    );
    expect(connection.received).to.deep.equal(messages.map((message) => message.map(digest)));
  };

  // libzmq puts its PINGs and PONGs there.
  it('may have commands before any frame, which come in order and are no part of a message', () => {
    fc.assert(
      fc.property(plans(small, 10, 10 * KIB), (plan) =>
        withCommands(plan, new PipeEnds(plan.mark)),
      ),
      QUICK,
    );
  });

  // Found at random: a ring that becomes empty while room is looked for, and a command at its end.
  it('may have them where a ring without memory becomes empty in between', () => {
    const ends = new PipeEnds(5);
    ends.exhaust();
    withCommands(
      {
        messages: [[9516], [27, 76, 11814, 3], [0, 0, 99], [3, 152], [2, 186, 119]],
        reads: [10235, 10, 4267, 317, 10],
        receives: [1, 0, 1, 2, 3, 1, 2, 2, 3],
        mark: 5,
        memory: [true],
      },
      ends,
    );
  });

  it('may have them, too, in messages that go on in pieces', () => {
    fc.assert(
      fc.property(plans(large, 3, 300 * KIB), (plan) =>
        withCommands(plan, new PipeEnds(plan.mark)),
      ),
      { numRuns: 10, ...QUICK },
    );
    fc.assert(
      fc.property(plans(small, 5, 10 * KIB), (plan) => {
        const ends = new PipeEnds(plan.mark);
        ends.exhaust();
        withCommands(plan, ends);
      }),
      { numRuns: 50, ...QUICK },
    );
  });
});
