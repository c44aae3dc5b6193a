import { expect } from 'chai';
import fc from 'fast-check';
import { Outflow } from '../../../src/runtime/pipe/outflow.js';
import type { Body } from '../../../src/runtime/base/message.js';
import { body, digest } from '../../support/bodies.js';
import { PipeEnds } from '../../support/pipe-ends.js';

/** Smaller examples than the first one that fails take too long to find. */
const QUICK = { endOnFailure: true };
const RING_SIZES = [4096, 8192, 65_536];

const sizes = fc.array(
  fc.oneof(fc.nat(300), fc.nat(20_000), { arbitrary: fc.nat(300_000), weight: 1 }),
  { minLength: 1, maxLength: 5 },
);

/** A message of parts with these sizes; some of them are text, with characters of several bytes. */
function bodies(sizes: readonly number[], seed: number): Body[] {
  return sizes.map((size, i) =>
    (i + seed) % 3 === 2 ? 'aä€😀'.repeat(size / 10) : body(size, 10 * seed + i),
  );
}

function digests(parts: readonly Body[]): string[] {
  return parts.map((part) => digest(Buffer.from(part as Buffer)));
}

/** Two ends whose ring to the application has so many bytes, and will not get more. */
function endsWithRing(bytes: number): PipeEnds {
  const ends = new PipeEnds();
  ends.session.reserve(bytes);
  ends.exhaust();
  expect(ends.session.producer.capacity).to.equal(bytes);
  return ends;
}

describe('A message that leaves in pieces', () => {
  it('comes out whole and in its place, however small the ring and whoever waits for whom', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RING_SIZES),
        fc.array(fc.record({ sizes, inPieces: fc.boolean() }), { minLength: 1, maxLength: 5 }),
        (ring, messages) => {
          const ends = endsWithRing(ring);
          const received: string[][] = [];
          const readAll = (): void => {
            for (let next = ends.read(); next !== undefined; next = ends.read()) {
              received.push(digests(next));
            }
            ends.turn();
          };
          const sent = messages.map(({ sizes, inPieces }, seed) => {
            // A whole one fits any of the rings.
            const parts = bodies(inPieces ? sizes : sizes.map((size) => size % 300), seed);
            const outflow = inPieces ? new Outflow(ends.session, parts) : undefined;
            while (!(outflow?.write() ?? ends.session.write(parts))) readAll();
            return digests(parts);
          });
          readAll();
          expect(received).to.deep.equal(sent);
        },
      ),
      { numRuns: 60, ...QUICK },
    );
  });

  it('counts as unread exactly if its last piece is there', () => {
    const fates = ['whole', 'in pieces', 'abandoned', 'signal'] as const;
    fc.assert(
      fc.property(
        fc.array(fc.record({ sizes, fate: fc.constantFrom(...fates) }), { maxLength: 8 }),
        fc.boolean(),
        fc.nat(4),
        (messages, unfinished, read) => {
          const ends = endsWithRing(65_536);
          const { session, application } = ends;
          // What lies unread, in order.
          const unread: ('message' | 'signal')[] = [];
          const readNext = (): void => {
            const isSignal = application.checkRead() && application.holdsSignal;
            if (ends.read() !== undefined) {
              expect(isSignal ? 'signal' : 'message').to.equal(unread.shift());
            }
            ends.turn();
          };
          for (const [seed, { sizes, fate }] of messages.entries()) {
            if (fate === 'signal') {
              while (!session.writeSignal(Buffer.from('signal'))) readNext();
              unread.push('signal');
              continue;
            }
            const pieces = fate === 'whole' ? sizes.map((size) => size % 3000) : sizes;
            const parts = bodies(pieces, seed);
            if (fate === 'whole') {
              while (!session.write(parts)) readNext();
            } else {
              const outflow = new Outflow(session, [...parts, body(70_000)]);
              if (fate === 'abandoned') {
                expect(outflow.write()).to.equal(false);
                outflow.abandon();
                continue;
              }
              while (!outflow.write()) readNext();
            }
            unread.push('message');
          }
          if (unfinished) {
            expect(new Outflow(session, [body(70_000)]).write()).to.equal(false);
          }
          for (let i = 0; i < read; i++) readNext();
          const messagesUnread = unread.filter((kind) => kind === 'message').length;
          expect(application.skipUnread()).to.equal(messagesUnread);
          expect(application.skipUnread()).to.equal(0);
        },
      ),
      { numRuns: 100, ...QUICK },
    );
  });

  it('is nothing to its reader once it is abandoned', () => {
    const ends = endsWithRing(4096);
    const outflow = new Outflow(ends.session, ['first', body(10_000)]);
    expect(outflow.write()).to.equal(false);
    expect(ends.read()).to.equal(undefined);
    ends.turn();
    outflow.abandon();
    expect(ends.session.write(['behind'])).to.equal(true);
    expect(ends.read()?.map(String)).to.deep.equal(['behind']);
    expect(ends.read()).to.equal(undefined);
  });
});
