import { expect } from 'chai';
import fc from 'fast-check';
import { Dist } from '../../../src/patterns/routing/dist.js';
import { Subscribers } from '../../../src/patterns/routing/subscribers.js';
import { Subscriptions } from '../../../src/patterns/routing/subscriptions.js';
import { fakePipes } from './fake-pipe.js';

const topics = fc
  .array(fc.constantFrom(0, 0x41, 0xff), { maxLength: 4 })
  .map((bytes) => Buffer.from(bytes));

describe('Subscriptions', () => {
  it('match what begins with any topic subscribed to more often than cancelled', () => {
    const change = fc.record({ add: fc.boolean(), topic: topics });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), topics, (changes, text) => {
        const subscriptions = new Subscriptions();
        const counts = new Map<string, number>();
        for (const { add, topic } of changes) {
          const key = topic.toString('hex');
          const count = counts.get(key) ?? 0;
          if (add) {
            subscriptions.add(Buffer.from(topic));
            counts.set(key, count + 1);
          } else {
            expect(subscriptions.remove(topic)).to.equal(count === 1);
            if (count > 1) counts.set(key, count - 1);
            else counts.delete(key);
          }
        }
        const known = [...subscriptions.topics()].map((topic) => topic.toString('hex'));
        expect(known.sort()).to.deep.equal([...counts.keys()].sort());
        expect(subscriptions.has(text)).to.equal(counts.has(text.toString('hex')));
        expect(subscriptions.matches(text)).to.equal(
          known.some((key) => text.toString('hex').startsWith(key)),
        );
      }),
    );
  });
});

describe('Subscribers', () => {
  it('match each pipe with a topic that the text begins with, and tell first and last ones', () => {
    const change = fc.record({
      kind: fc.constantFrom('add', 'add', 'remove', 'terminated'),
      which: fc.nat(3),
      topic: topics,
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 50 }), topics, (changes, text) => {
        const pipes = fakePipes(4);
        const dist = new Dist();
        for (const { pipe } of pipes) dist.attach(pipe);
        const subscribers = new Subscribers(dist);
        const known = pipes.map(() => new Set<string>());
        const anyone = (key: string): boolean => known.some((one) => one.has(key));
        for (const { kind, which, topic } of changes) {
          const key = topic.toString('hex');
          const { pipe } = pipes[which]!;
          if (kind === 'add') {
            expect(subscribers.add(Buffer.from(topic), pipe)).to.equal(!anyone(key));
            known[which]!.add(key);
          } else if (kind === 'remove') {
            const had = known[which]!.delete(key);
            expect(subscribers.remove(topic, pipe)).to.equal(had && !anyone(key));
          } else {
            const had = [...known[which]!];
            known[which]!.clear();
            const told: [string, boolean][] = [];
            subscribers.terminated(pipe, (gone, last) => told.push([gone.toString('hex'), last]));
            expect(told.sort()).to.deep.equal(had.sort().map((one) => [one, !anyone(one)]));
          }
        }
        subscribers.match(text);
        dist.send(['prefix']);
        subscribers.matchExactly(text);
        dist.send(['exactly']);
        for (const [which, { written }] of pipes.entries()) {
          const hex = text.toString('hex');
          const expected: string[][] = [];
          if ([...known[which]!].some((key) => hex.startsWith(key))) expected.push(['prefix']);
          if (known[which]!.has(hex)) expected.push(['exactly']);
          expect(written).to.deep.equal(expected);
        }
      }),
    );
  });
});
