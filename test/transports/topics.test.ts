import { expect } from 'chai';
import { TopicTeller, Topics } from '../../src/transports/topics.js';
import type { Pipe } from '../../src/runtime/pipe/pipe.js';
import {
  attachedBody,
  cancelBody,
  forgottenBody,
  joinBody,
  leaveBody,
  rememberedBody,
  subscribeBody,
} from '../../src/runtime/ring/signal-frame.js';
import { command, frame } from '../support/wire-peer.js';

const subscribe = (topic: string): Buffer => subscribeBody(Buffer.from(topic));
const cancel = (topic: string): Buffer => cancelBody(Buffer.from(topic));

/** What the application has written and the session has yet to read. */
class Said {
  readonly left: { signal: boolean; body: Buffer }[] = [];

  say(...bodies: Buffer[]): this {
    this.left.push(...bodies.map((body) => ({ signal: true, body })));
    return this;
  }

  message(text: string): this {
    this.left.push({ signal: false, body: Buffer.from(text) });
    return this;
  }

  peekFrames(): boolean {
    return this.left.length > 0;
  }

  checkFrames(): boolean {
    return this.peekFrames();
  }

  get holdsSignal(): boolean {
    return this.left[0]!.signal;
  }

  read(): Buffer[] {
    return [this.left.shift()!.body];
  }

  get pipe(): Pipe {
    return this as unknown as Pipe;
  }
}

/** Everything that goes out now, as text. */
function told(teller: TopicTeller, said: Said): string {
  const writes: Buffer[] = [];
  for (let next = teller.next(said.pipe); next !== undefined; next = teller.next(said.pipe)) {
    writes.push(next);
  }
  return Buffer.concat(writes).toString('latin1');
}

const wire = (...frames: Buffer[]): string => Buffer.concat(frames).toString('latin1');

describe('What a session tells publishers', () => {
  it('is said in commands, to a peer of ZMTP 3.1', () => {
    const teller = new TopicTeller(new Topics(), false);
    const said = new Said().say(subscribe('A'), subscribe('B'));
    expect(told(teller, said)).to.equal(wire(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'B')));
    expect(told(teller, said.say(cancel('A')))).to.equal(wire(command('CANCEL', 'A')));
  });

  it('is said in messages, to a peer of ZMTP 3.0', () => {
    const teller = new TopicTeller(new Topics(), true);
    const said = new Said().say(subscribe('A'));
    expect(told(teller, said)).to.equal(wire(frame('\x01A')));
    expect(told(teller, said.say(cancel('A')))).to.equal(wire(frame('\x00A')));
  });

  for (const legacy of [false, true]) {
    it(`is JOIN and LEAVE for groups, to a peer of ZMTP ${legacy ? '3.0' : '3.1'}`, () => {
      const topics = new Topics(['A', 'B'], 'groups');
      const teller = new TopicTeller(topics, legacy);
      const said = new Said();
      expect(told(teller, said)).to.equal(wire(command('JOIN', 'A'), command('JOIN', 'B')));
      said.say(joinBody(Buffer.from('A')), joinBody(Buffer.from('C')), attachedBody());
      expect(told(teller, said)).to.equal(wire(command('JOIN', 'C'), command('LEAVE', 'B')));
      expect(told(teller, said.say(leaveBody(Buffer.from('A'))))).to.equal(
        wire(command('LEAVE', 'A')),
      );
      expect([...topics.all()]).to.deep.equal(['C']);
    });
  }

  for (const [length, flags] of [
    [254, '\x00'],
    [255, '\x02'],
    [256, '\x02'],
  ] as const) {
    it(`is framed by the whole body to a 3.0 peer: a topic of ${length} bytes`, () => {
      const teller = new TopicTeller(new Topics(), true);
      const topic = 't'.repeat(length);
      const heard = told(teller, new Said().say(subscribe(topic)));
      expect(heard).to.equal(wire(frame(`\x01${topic}`)));
      expect(heard[0]).to.equal(flags);
    });
  }

  it('is every byte of a topic', () => {
    const topic = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const teller = new TopicTeller(new Topics(), false);
    const heard = told(teller, new Said().say(subscribeBody(topic)));
    expect(heard).to.equal(wire(command('SUBSCRIBE', topic)));
  });

  it('is each topic once when a publisher comes, whatever was said meanwhile', () => {
    const topics = new Topics();
    const said = new Said();
    expect(told(new TopicTeller(topics, false), said.say(subscribe('A'), subscribe('A')))).to.equal(
      wire(command('SUBSCRIBE', 'A')),
    );
    said.say(subscribe('B'), subscribe('C'), cancel('B'), cancel('D'));
    topics.absorb(said.pipe);
    expect(said.left).to.have.lengthOf(0);
    expect(told(new TopicTeller(topics, false), said)).to.equal(
      wire(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'C')),
    );
  });

  it('is nothing where a message says it, and yet known to the next connection', () => {
    const remembered = (topic: string): Buffer => rememberedBody(Buffer.from(topic));
    const forgotten = (topic: string): Buffer => forgottenBody(Buffer.from(topic));
    const topics = new Topics(['A']);
    const said = new Said();
    const teller = new TopicTeller(topics, false);
    expect(told(teller, said)).to.equal(wire(command('SUBSCRIBE', 'A')));
    said.say(remembered('B'), remembered('C'), forgotten('A'), forgotten('C'), attachedBody());
    expect(told(teller, said)).to.equal('');
    expect(told(new TopicTeller(topics, false), said)).to.equal(wire(command('SUBSCRIBE', 'B')));
  });

  it('keeps its place among messages', () => {
    const topics = new Topics();
    const said = new Said().say(subscribe('A')).message('first').say(subscribe('B'));
    const teller = new TopicTeller(topics, false);
    expect(told(teller, said)).to.equal(wire(command('SUBSCRIBE', 'A')));
    expect(said.read()).to.deep.equal([Buffer.from('first')]);
    expect(told(teller, said)).to.equal(wire(command('SUBSCRIBE', 'B')));
  });

  it('goes out in pieces when there is much of it', () => {
    const teller = new TopicTeller(new Topics(), false);
    const said = new Said();
    expect(teller.next(said.pipe)).to.equal(undefined);
    for (let i = 0; i < 1000; i++) said.say(subscribe(String(i).padStart(1000, '-')));
    let writes = 0;
    let topics = 0;
    for (let next = teller.next(said.pipe); next !== undefined; next = teller.next(said.pipe)) {
      writes++;
      expect(next.length).to.be.lessThan(64 * 1024 + 1100);
      topics += next.toString('latin1').split('SUBSCRIBE').length - 1;
    }
    expect(topics).to.equal(1000);
    expect(writes).to.be.greaterThan(15);
  });

  describe('that a listener has let in', () => {
    it('is what the listener knew, at once, and not again when the application says it', () => {
      const topics = new Topics(['A', 'B']);
      const teller = new TopicTeller(topics, false);
      const said = new Said();
      expect(told(teller, said)).to.equal(
        wire(command('SUBSCRIBE', 'A'), command('SUBSCRIBE', 'B')),
      );
      said.say(subscribe('A'), subscribe('B'), subscribe('C'), attachedBody());
      expect(told(teller, said)).to.equal(wire(command('SUBSCRIBE', 'C')));
      // A later one is said, as it is on any other connection.
      expect(told(teller, said.say(subscribe('A')))).to.equal(wire(command('SUBSCRIBE', 'A')));
    });

    it('is taken back if the application does not say it', () => {
      const topics = new Topics(['A', 'B']);
      const teller = new TopicTeller(topics, false);
      const said = new Said();
      told(teller, said);
      said.say(subscribe('B'), attachedBody());
      expect(told(teller, said)).to.equal(wire(command('CANCEL', 'A')));
      expect([...topics.all()]).to.deep.equal(['B']);
    });

    it('is taken back once if the application says so itself', () => {
      const topics = new Topics(['A']);
      const teller = new TopicTeller(topics, false);
      const said = new Said();
      told(teller, said);
      said.say(cancel('A'), attachedBody());
      expect(told(teller, said)).to.equal(wire(command('CANCEL', 'A')));
    });
  });
});
