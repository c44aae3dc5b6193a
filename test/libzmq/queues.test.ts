import { expect } from 'chai';
import {
  Poller,
  Publisher,
  Pull,
  Push,
  Subscriber,
  XPublisher,
  type Context,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { heardBy } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';
import { join, text, TRANSPORTS } from './both-ends.js';

/** Sends until there is no room, or `most`. */
function fill(push: Push, most = 10_000): number {
  let count = 0;
  while (count < most && push.trySend('message')) count++;
  return count;
}

async function drain(pull: Pull, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(text(await pull.receive())).to.equal('message');
}

describe('As libzmq’s own tests show of queues', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const [send, receive, fits] of [
    [undefined, undefined, 2000],
    [1, 1, 2],
    [0, 1, 10_000],
    [1, 0, 10_000],
    [0, 0, 10_000],
  ] as const) {
    it(`hwm: marks of ${send ?? 'the default'} and ${receive ?? 'the default'} let ${fits} through over inproc, whichever binds`, async () => {
      for (const pushBinds of [false, true]) {
        const push = new Push({
          context,
          ...(send === undefined ? {} : { sendHighWaterMark: send }),
        });
        const pull = new Pull({
          context,
          ...(receive === undefined ? {} : { receiveHighWaterMark: receive }),
        });
        if (pushBinds) await join(stage, 'inproc', push, pull);
        else await join(stage, 'inproc', pull, push);
        expect(fill(push)).to.equal(fits);
        await drain(pull, fits);
        expect(pull.tryReceive()).to.equal(undefined);
        // And there is room again.
        await push.send('message');
        await drain(pull, 1);
        push.close();
        pull.close();
      }
    });
  }

  for (const transport of TRANSPORTS) {
    it(`hwm: what was sent before its sender closed is kept, over ${transport}`, async () => {
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      expect(fill(push, 100)).to.equal(100);
      push.close();
      await drain(pull, 100);
    });

    it(`hwm_pubsub: with noDrop nothing is lost of three times the marks, over ${transport}`, async () => {
      const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 100 });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 100 });
      await join(stage, transport, publisher, subscriber);
      subscriber.subscribe('');
      expect(text(await publisher.receive())).to.equal('\x01');
      const all = (async () => {
        for (let i = 0; i < 600; i++) await publisher.send(`${i}`);
      })();
      for (let i = 0; i < 600; i++) expect(text(await subscriber.receive())).to.equal(`${i}`);
      await all;
      expect(publisher.dropped).to.equal(0);
    });

    it(`timeo: a call that must not wait fails at once, and one that may goes on when it can, over ${transport}`, async () => {
      const pull = new Pull({ context, receiveTimeout: 0 });
      const push = new Push({ context, sendTimeout: 0 });
      await pull.bind(stage.wildcard(transport));
      await failure('EAGAIN', () => pull.receive());
      failureNow('EAGAIN', () => pull.receiveSync());
      failureNow('EAGAIN', () => push.sendSync('nobody'));
      push.sendTimeout = 60_000;
      pull.receiveTimeout = 60_000;
      const received = pull.receive();
      const sent = push.send('in time');
      push.connect(pull.lastEndpoint!);
      await sent;
      expect(text(await received)).to.equal('in time');
    });

    it(`msg_flags: parts and their ends are told apart, over ${transport}`, async () => {
      const [push, pull] = [new Push({ context }), new Pull({ context })];
      await join(stage, transport, pull, push);
      await push.send(['A', 'B']);
      await push.send('C');
      await push.send(['', '']);
      expect((await pull.receive()).map(String)).to.deep.equal(['A', 'B']);
      expect((await pull.receive()).map(String)).to.deep.equal(['C']);
      expect((await pull.receive()).map(String)).to.deep.equal(['', '']);
    });

    it(`poller: tells what can be received, and not what was received, over ${transport}`, async () => {
      const [push, pull] = [new Push({ context }), new Pull({ context })];
      await join(stage, transport, pull, push);
      const poller = new Poller();
      poller.add(pull, { readable: true });
      expect(await poller.wait({ timeout: 0 })).to.deep.equal([]);
      await push.send('message');
      const [event, ...more] = await poller.wait();
      expect(event!.socket).to.equal(pull);
      expect(more).to.deep.equal([]);
      expect(text(pull.receiveSync())).to.equal('message');
      expect(await poller.wait({ timeout: 0 })).to.deep.equal([]);
      poller.remove(pull);
      await failure('EFAULT', () => poller.wait());
    });
  }

  it('hwm_pubsub: a subscriber that does not read gets what both marks hold, the rest is dropped and counted', async () => {
    for (const mark of [1000, 100]) {
      const publisher = new Publisher({ context, sendHighWaterMark: mark });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: mark });
      await join(stage, 'inproc', publisher, subscriber);
      subscriber.subscribe('');
      await heardByAll(publisher, subscriber);
      for (let i = 0; i < 3 * mark; i++) await publisher.send(`${i}`);
      for (let i = 0; i < 2 * mark; i++) expect(text(await subscriber.receive())).to.equal(`${i}`);
      expect(subscriber.tryReceive()).to.equal(undefined);
      expect(publisher.dropped).to.equal(mark);
      publisher.close();
      subscriber.close();
    }
  });

  /** For a subscriber to everything: what it was probed with is out of the way. */
  async function heardByAll(publisher: Publisher, subscriber: Subscriber): Promise<void> {
    await heardBy(publisher, subscriber);
    while (subscriber.tryReceive() !== undefined);
  }

  it('sockopt_hwm: a mark counts when it is changed before the connect, and after it', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 1 });
    push.sendHighWaterMark = 5;
    push.connect(pull.lastEndpoint!);
    expect(fill(push)).to.equal(6);
    push.sendHighWaterMark = 7;
    expect(fill(push)).to.equal(2);
    await drain(pull, 8);
  });

  it('sockopt_hwm: a mark that is lowered under what lies there lets nothing in before there is less', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 100 });
    push.connect(pull.lastEndpoint!);
    expect(fill(push)).to.equal(101);
    push.sendHighWaterMark = 10;
    expect(fill(push)).to.equal(0);
    await drain(pull, 101);
    // What was read is given back when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
    expect(fill(push)).to.equal(11);
  });

  it('many_sockets: the one beyond maxSockets fails with EMFILE, and there is room again after a close', () => {
    const small = stage.newContext({ maxSockets: 3 });
    const open = [0, 1, 2].map(() => new Push({ context: small }));
    failureNow('EMFILE', () => new Push({ context: small }));
    open.pop()!.close();
    open.push(new Push({ context: small }));
    failureNow('EMFILE', () => new Push({ context: small }));
  });
});
