import { expect } from 'chai';
import fc from 'fast-check';
import { Dist } from '../../../src/patterns/routing/dist.js';
import { Subscribers } from '../../../src/patterns/routing/subscribers.js';
import { fakePipes, type FakePipe } from './fake-pipe.js';

const PIPES = 5;
/** Of which some begin with others. */
const TOPICS = ['', 'a', 'ab', 'abc', 'b'];
/** For none, one, or several of the topics. */
const TEXTS = ['', 'a', 'abcd', 'b', 'c'];

const pipe = fc.nat(PIPES - 1);
const topic = fc.constantFrom(...TOPICS);
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('attach', 'terminated', 'match'), pipe }),
  fc.record({ kind: fc.constantFrom('add', 'remove'), pipe, topic }),
  fc.record({ kind: fc.constant('others'), text: fc.constantFrom(...TEXTS) }),
  // The same text again and again is what most publishers send.
  fc.record({
    kind: fc.constant('send'),
    text: fc.constantFrom(...TEXTS),
    times: fc.integer({ min: 1, max: 3 }),
  }),
);

interface Step {
  readonly kind: string;
  readonly pipe?: number;
  readonly topic?: string;
  readonly text?: string;
  readonly times?: number;
}

describe('Subscribers', () => {
  it('have each message sent to those with a prefix of it, whatever was sent before, and however pipes and topics change', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 80 }), (steps: readonly Step[]) => {
        const dist = new Dist();
        const subscribers = new Subscribers(dist);
        const pipes = fakePipes(PIPES);
        const attached = new Map<FakePipe, Set<string>>();
        const expected = new Map(pipes.map((one) => [one, [] as string[][]]));

        const send = (text: string, to: (one: FakePipe) => boolean): void => {
          dist.send([text]);
          for (const one of attached.keys()) if (to(one)) expected.get(one)!.push([text]);
        };
        const wants = (text: string) => (one: FakePipe) =>
          [...attached.get(one)!].some((prefix) => text.startsWith(prefix));

        for (const { kind, pipe: which = 0, topic: prefix = '', text = '', times = 1 } of steps) {
          const one = pipes[which]!;
          const topics = attached.get(one);
          switch (kind) {
            case 'attach':
              if (topics !== undefined) break;
              dist.attach(one.pipe);
              attached.set(one, new Set());
              break;
            case 'terminated':
              dist.terminated(one.pipe);
              subscribers.terminated(one.pipe);
              attached.delete(one);
              break;
            case 'add':
              if (topics === undefined) break;
              subscribers.add(Buffer.from(prefix), one.pipe);
              topics.add(prefix);
              break;
            case 'remove':
              if (topics === undefined) break;
              subscribers.remove(Buffer.from(prefix), one.pipe);
              topics.delete(prefix);
              break;
            case 'match':
              dist.match(one.pipe);
              send('one', (other) => other === one);
              break;
            case 'others':
              subscribers.match(text);
              dist.matchOthers();
              send(text, (other) => !wants(text)(other));
              break;
            case 'send':
              for (let n = 0; n < times; n++) {
                subscribers.match(text);
                send(text, wants(text));
              }
          }
        }
        for (const [one, messages] of expected) expect(one.written).to.deep.equal(messages);
      }),
      { numRuns: 1000 },
    );
  });
});
