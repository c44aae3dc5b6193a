import { expect } from 'chai';
import {
  Dealer,
  Publisher,
  Pull,
  Push,
  Router,
  Subscriber,
  type Context,
} from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import type { Thread } from '../../src/runtime/thread/thread.js';
import { body, digest } from '../support/bodies.js';
import { useTidyStage } from '../support/stage.js';

const MIB = 2 ** 20;
/** The least there is: what is left for large bodies is used up by a dozen of 1 MiB. */
const SMALL_ARENA = 2 ** 24;

describe('Large bodies', () => {
  const stage = useTidyStage();
  let context: Context;
  let thread: Thread;

  beforeEach(() => {
    context = stage.newContext({ arenaSize: SMALL_ARENA });
    thread = coreOf(context).thread;
  });

  async function pair(hwm = 0): Promise<[Push, Pull]> {
    const pull = new Pull({ context, receiveHighWaterMark: hwm });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: hwm, linger: 0 });
    push.connect(pull.lastEndpoint!);
    return [push, pull];
  }

  /** Fills what one pipe may have, and answers how many messages that was. */
  function fill(push: Push, size = MIB): number {
    let sent = 0;
    while (push.trySend(body(size, sent))) sent++;
    return sent;
  }

  it('stop their sender when they take a quarter of the arena, whatever the high-water mark', async () => {
    const [push, pull] = await pair();
    expect(fill(push)).to.equal(3);
    const waiting = push.send(body(MIB, 3));
    for (let i = 0; i < 4; i++) {
      expect((await pull.receive()).map(digest)).to.deep.equal([digest(body(MIB, i))]);
    }
    await waiting;
  });

  it('stop their senders when the arena is full, and every sender goes on when there is room', async () => {
    const pairs: [Push, Pull][] = [];
    for (let i = 0; i < 8; i++) pairs.push(await pair());
    const sent = pairs.map(([push]) => fill(push));
    expect(sent.some((count) => count < 3)).to.equal(true);
    const waiting = pairs.map(([push], i) => push.send(body(MIB, sent[i])));
    for (const [i, [, pull]] of pairs.entries()) {
      for (let n = 0; n <= sent[i]!; n++) {
        expect((await pull.receive()).map(digest)).to.deep.equal([digest(body(MIB, n))]);
      }
    }
    await Promise.all(waiting);
  });

  it('leave room for small messages, and for new sockets, however many there are', async () => {
    const pairs: [Push, Pull][] = [];
    for (let i = 0; i < 8; i++) pairs.push(await pair());
    for (const [push] of pairs) fill(push);
    for (let i = 0; i < 50; i++) {
      const [push, pull] = await pair();
      push.sendSync(String(i));
      expect(String(pull.receiveSync())).to.equal(String(i));
    }
  });

  it('are dropped and counted by those who drop when the arena is full', async () => {
    const pairs: [Push, Pull][] = [];
    for (let i = 0; i < 8; i++) pairs.push(await pair());
    for (const [push] of pairs) fill(push);
    const router = new Router({ context });
    await router.bind(stage.inproc());
    const dealer = new Dealer({ context, routingId: 'dealer' });
    dealer.connect(router.lastEndpoint!);
    await dealer.send('hello');
    await router.receive();
    await router.send(['dealer', body(MIB)]);
    expect(router.dropped).to.equal(1);
    await router.send(['dealer', 'small']);
    expect(String(await dealer.receive())).to.equal('small');
  });

  it('are one body for all subscribers', async () => {
    const publisher = new Publisher({ context });
    await publisher.bind(stage.inproc());
    const subscribers: Subscriber[] = [];
    for (let i = 0; i < 3; i++) {
      const subscriber = new Subscriber({ context });
      subscriber.subscribe();
      subscriber.connect(publisher.lastEndpoint!);
      subscribers.push(subscriber);
    }
    await publisher.send('the first, which brings segments');
    for (const subscriber of subscribers) await subscriber.receive();
    for (const size of [5000, 70_000]) {
      const before = thread.bodies.count;
      await publisher.send(['topic', body(size)]);
      expect(thread.bodies.count - before).to.equal(1);
      for (const subscriber of subscribers) {
        expect((await subscriber.receive()).map(digest)).to.deep.equal(
          ['topic', body(size)].map((part) => digest(Buffer.from(part as Buffer))),
        );
      }
    }
  });

  it('leave nothing behind once they were received and their sockets are closed', async () => {
    // What observers read of a thread's sockets is there from the first socket on.
    for (const socket of await pair()) socket.close();
    thread.turn();
    const before = thread.allocator.blocks;
    const [push, pull] = await pair();
    for (let round = 0; round < 3; round++) {
      const sent = fill(push, 20_000);
      for (let i = 0; i < sent; i++) pull.receiveSync();
    }
    fill(push);
    push.close();
    pull.close();
    thread.turn();
    expect(thread.allocator.blocks).to.equal(before);
    expect(thread.bodies.count).to.equal(0);
  });

  it('that a thread has sent and forgotten make room for those of another', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const sender = stage.thread(
      async ({ Context, Push }, line, [handle, endpoint, MIB]: [never, string, number]) => {
        const context = Context.attach(handle);
        // Each holds on to what it has sent until it calls the library again.
        for (let i = 0; i < 5; i++) {
          const push = new Push({ context });
          push.connect(endpoint);
          for (let n = 0; n < 3; n++) push.sendSync(Buffer.alloc(MIB, i));
        }
        await line.next();
      },
      [context.handle as never, pull.lastEndpoint!, MIB],
    );
    for (let i = 0; i < 15; i++) await pull.receive();
    const [push, other] = await pair();
    for (let i = 0; i < 12; i++) {
      push.sendSync(body(MIB, i));
      expect(other.receiveSync().map(digest)).to.deep.equal([digest(body(MIB, i))]);
    }
    sender.post(null);
    await sender.ended;
  });

  it('go over a wire in any mixture with small ones, to a peer that reads late', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    const sizes = [10, 16_384, 300, 100_000, 0, 20_000, 16_383, MIB, 1, 50_000];
    const parts = (i: number): Buffer[] => [body(sizes[i % 10]!, i), body(sizes[(i * 7) % 10]!, i)];
    const sending = (async () => {
      for (let i = 0; i < 200; i++) await push.send(parts(i));
    })();
    for (let i = 0; i < 200; i++) {
      expect((await pull.receive()).map(digest)).to.deep.equal(parts(i).map(digest));
    }
    await sending;
  });
});
