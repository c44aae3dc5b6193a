import { expect } from 'chai';
import fc from 'fast-check';
import { V1Inbound } from '../../src/transports/v1-inbound.js';
import { body, digest } from '../support/bodies.js';
import { longLength, v1Frame } from '../support/older-peer.js';
import { PipeEnds } from '../support/pipe-ends.js';
import { portions } from '../support/portions.js';
import { MORE } from '../support/wire-peer.js';

const NOBODY = { command: () => undefined };

/** Rounds in which neither end moves until it is clear that nothing will. */
const IDLE_MOST = 3;

/**
 * Gives the connection all of the bytes, in portions, as long as it takes them, and the application what there is
 * whenever it takes no more. Answers what the application has received.
 */
function carry(ends: PipeEnds, bytes: Buffer, sizes: readonly number[]): string[][] {
  const inbound = new V1Inbound(ends.arena, ends.session, -1, false, NOBODY);
  const received: string[][] = [];
  let open = true;
  /** A link has one read out even when it is paused. */
  let out = 1;
  ends.session.events = {
    readActivated: () => undefined,
    writeActivated: () => (open = inbound.resume() || open),
    pipeTerminated: () => undefined,
  };
  /** False if there was nothing. Below a low mark each message makes room for only one more. */
  const receive = (): boolean => {
    const before = received.length;
    for (let message = ends.read(); message !== undefined; message = ends.read()) {
      received.push(message.map(digest));
    }
    ends.turn();
    return received.length > before;
  };
  let at = 0;
  for (let i = 0, idle = 0; at < bytes.length; i++) {
    if (open) out = 1;
    else if (out-- <= 0) {
      idle = receive() ? 0 : idle + 1;
      if (idle > IDLE_MOST) throw new Error(`stuck at byte ${at} of ${bytes.length}`);
      continue;
    }
    idle = 0;
    const space = inbound.space();
    const length = Math.min(sizes[i % sizes.length]!, space.length, bytes.length - at);
    space.set(bytes.subarray(at, at + length));
    at += length;
    open = inbound.received(length);
  }
  for (let idle = 0; idle <= IDLE_MOST;) idle = receive() ? 0 : idle + 1;
  return received;
}

function wire(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.map((part, i) => v1Frame(part, i < parts.length - 1 ? MORE : 0)));
}

describe('What a peer of ZMTP 1.0 sends', () => {
  const small = fc.oneof(fc.nat(3), fc.integer({ min: 252, max: 257 }), fc.nat(20_000));
  const large = fc.oneof(fc.nat(300), fc.nat(3_000_000));

  const expectAll = (
    messages: readonly (readonly number[])[],
    sizes: readonly number[],
    mark: number,
  ): void => {
    const parts = messages.map((message, i) => message.map((size, j) => body(size, 10 * i + j)));
    const received = carry(new PipeEnds(mark), Buffer.concat(parts.map(wire)), sizes);
    expect(received).to.deep.equal(parts.map((message) => message.map(digest)));
  };

  it('is received whole and in order, in whatever portions it comes and whatever the mark', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(small, { minLength: 1, maxLength: 4 }), { maxLength: 10 }),
        portions(10_000),
        fc.constantFrom(0, 1, 2, 5),
        expectAll,
      ),
      { endOnFailure: true },
    );
  });

  it('is, too, where a ring holds some of its messages only in pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(large, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        portions(64 * 1024),
        fc.constantFrom(0, 1, 2, 5),
        expectAll,
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('is asked for in longer reads the more there is of it, and in short ones at first', () => {
    const { arena, session } = new PipeEnds();
    const inbound = new V1Inbound(arena, session, -1, false, NOBODY);
    // From here on the bytes of one body, whatever they are.
    inbound.accept(Buffer.concat([longLength(2n ** 20n), Buffer.of(0)]));
    const asked: number[] = [];
    for (let i = 0; i < 8; i++) {
      const { length } = inbound.space();
      asked.push(length);
      inbound.received(length);
    }
    expect(asked).to.deep.equal([2, 4, 8, 16, 32, 64, 64, 64].map((kib) => kib * 1024));
    inbound.received(1);
    expect(inbound.space().length).to.equal(64 * 1024);
  });
});
