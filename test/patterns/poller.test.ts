import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import {
  Poller,
  Pull,
  Push,
  Reply,
  Request,
  type Context,
  type PollEvent,
  type Socket,
} from '../../src/index.js';
import { othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('readable and writable', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('say whether a message can be received or sent at this moment', () => {
    const push = new Push({ context, sendHighWaterMark: 1 });
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    pull.bindSync(stage.inproc());
    expect([push.writable, pull.readable]).to.deep.equal([false, false]);
    push.connect(pull.lastEndpoint!);
    expect([push.writable, pull.readable]).to.deep.equal([true, false]);
    push.sendSync('1');
    push.sendSync('2');
    expect([push.writable, pull.readable]).to.deep.equal([false, true]);
    pull.receiveSync();
    pull.receiveSync();
    expect([push.writable, pull.readable]).to.deep.equal([true, false]);
    expect([push.readable, pull.writable], 'the other way').to.deep.equal([false, false]);
  });

  it('follow the order of REQ and REP', () => {
    const reply = new Reply({ context });
    reply.bindSync(stage.inproc());
    const request = new Request({ context });
    request.connect(reply.lastEndpoint!);
    const states = (): boolean[] => [
      request.writable,
      request.readable,
      reply.writable,
      reply.readable,
    ];
    expect(states()).to.deep.equal([true, false, false, false]);
    request.sendSync('request');
    expect(states()).to.deep.equal([false, false, false, true]);
    reply.receiveSync();
    expect(states()).to.deep.equal([false, false, true, false]);
    reply.sendSync('reply');
    expect(states()).to.deep.equal([false, true, false, false]);
  });

  it('are false once the socket is closed or its context was shut down', () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    pull.bindSync(stage.inproc());
    push.connect(pull.lastEndpoint!);
    push.sendSync('message');
    expect([push.writable, pull.readable]).to.deep.equal([true, true]);
    push.close();
    expect(push.writable).to.equal(false);
    context.shutdown();
    expect(pull.readable).to.equal(false);
  });
});

/** A pair of sockets that are connected. */
interface Line {
  readonly push: Push;
  readonly pull: Pull;
}

/** Knows who watches it. */
class CountingPull extends Pull {
  readonly watchers = new Set<unknown>();

  override watch(watcher: { noticed(): void }): void {
    this.watchers.add(watcher);
    super.watch(watcher);
  }

  override unwatch(watcher: { noticed(): void }): void {
    this.watchers.delete(watcher);
    super.unwatch(watcher);
  }
}

describe('Poller', () => {
  const stage = useTidyStage();
  let context: Context;
  let poller: Poller;

  beforeEach(() => {
    context = stage.context;
    poller = new Poller();
  });

  const line = (): Line => {
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    pull.bindSync(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 1 });
    push.connect(pull.lastEndpoint!);
    return { push, pull };
  };

  const lines = (count: number): Line[] => {
    const all = Array.from({ length: count }, line);
    for (const { pull } of all) poller.add(pull);
    return all;
  };

  const readable = (socket: Socket): PollEvent => ({ socket, readable: true, writable: false });
  const writable = (socket: Socket): PollEvent => ({ socket, readable: false, writable: true });

  /** The same wait in each of its forms, where what it waits for is there. */
  const forms: Record<string, () => PollEvent[] | Promise<PollEvent[]>> = {
    wait: () => poller.wait(),
    waitSync: () => poller.waitSync(),
    tryWait: () => poller.tryWait(),
  };

  for (const [form, call] of Object.entries(forms)) {
    describe(`by ${form}`, () => {
      it('reports all sockets that are ready, in the order of adding', async () => {
        const [a, b, c, d] = lines(4);
        for (const { push } of [d!, b!, a!]) push.sendSync('message');
        expect(await call()).to.deep.equal([a, b, d].map((one) => readable(one!.pull)));
        c!.push.sendSync('message');
        b!.pull.receiveSync();
        expect(await call()).to.deep.equal([a, c, d].map((one) => readable(one!.pull)));
      });

      it('reports a socket for as long as it is ready', async () => {
        const [one] = lines(1);
        one!.push.sendSync('1');
        one!.push.sendSync('2');
        for (let turn = 0; turn < 3; turn++) {
          expect(await call()).to.deep.equal([readable(one!.pull)]);
        }
        one!.pull.receiveSync();
        expect(await call()).to.deep.equal([readable(one!.pull)]);
        one!.pull.receiveSync();
        expect(poller.tryWait()).to.deep.equal([]);
      });

      it('tells both directions of a socket apart', async () => {
        const reply = new Reply({ context });
        reply.bindSync(stage.inproc());
        const request = new Request({ context });
        request.connect(reply.lastEndpoint!);
        poller.add(request, { readable: true, writable: true });
        poller.add(reply, { readable: true, writable: true });
        expect(await call()).to.deep.equal([writable(request)]);
        request.sendSync('request');
        expect(await call()).to.deep.equal([readable(reply)]);
        reply.receiveSync();
        expect(await call()).to.deep.equal([writable(reply)]);
        reply.sendSync('reply');
        expect(await call()).to.deep.equal([readable(request)]);
      });

      it('fails with ENOTSOCK while a closed socket is in it', async () => {
        const [one, other] = lines(2);
        other!.push.sendSync('message');
        one!.pull.close();
        await failure('ENOTSOCK', call);
        await failure('ENOTSOCK', call);
        poller.remove(one!.pull);
        expect(await call()).to.deep.equal([readable(other!.pull)]);
      });

      it('fails with ETERM once the context was shut down', async () => {
        const [one] = lines(1);
        one!.push.sendSync('message');
        context.shutdown();
        await failure('ETERM', call);
      });
    });
  }

  it('can be iterated: batch after batch, until the last socket is removed', async () => {
    const [one, other] = lines(2);
    const seen: PollEvent[][] = [];
    one!.push.sendSync('first');
    for await (const ready of poller) {
      seen.push(ready);
      if (ready[0]!.socket === one!.pull) {
        one!.pull.receiveSync();
        other!.push.sendSync('second');
      } else {
        other!.pull.receiveSync();
        queueMicrotask(() => [one, other].forEach((line) => poller.remove(line!.pull)));
      }
    }
    expect(seen).to.deep.equal([[readable(one!.pull)], [readable(other!.pull)]]);
  });

  it('ends an iteration with the error of a wait', async () => {
    lines(1);
    const iterating = poller[Symbol.asyncIterator]().next();
    context.shutdown();
    await failure('ETERM', () => iterating);
  });

  it('asks of a socket what it is told to ask', () => {
    const { push, pull } = line();
    poller.add(push, { writable: true });
    poller.add(pull);
    push.sendSync('message');
    expect(poller.tryWait()).to.deep.equal([writable(push), readable(pull)]);
    poller.modify(push, {});
    expect(poller.tryWait()).to.deep.equal([readable(pull)]);
    poller.modify(pull, { readable: false, writable: true });
    expect(poller.tryWait()).to.deep.equal([]);
    poller.modify(push, { writable: true });
    push.sendSync('message');
    expect(push.trySend('no room')).to.equal(false);
    expect(poller.tryWait()).to.deep.equal([]);
    pull.receiveSync();
    pull.receiveSync();
    expect(poller.tryWait()).to.deep.equal([writable(push)]);
  });

  it('knows its sockets, each once', () => {
    const { push, pull } = line();
    poller.add(pull);
    poller.add(push);
    expect(poller.size).to.equal(2);
    failureNow('EINVAL', () => poller.add(pull));
    poller.remove(pull);
    expect(poller.size).to.equal(1);
    failureNow('EINVAL', () => poller.remove(pull));
    failureNow('EINVAL', () => poller.modify(pull, { readable: true }));
    poller.add(pull);
    expect(poller.size).to.equal(2);
  });

  it('refuses what it cannot poll', () => {
    const { push, pull } = line();
    expect(() => poller.add({} as never)).to.throw(TypeError);
    expect(() => poller.add(pull, null as never)).to.throw(TypeError);
    expect(() => poller.add(pull, { readable: 1 as never })).to.throw(TypeError);
    push.close();
    failureNow('ENOTSOCK', () => poller.add(push));
    poller.add(pull);
    const stranger = new Pull({ context: stage.newContext() });
    const error = failureNow('EINVAL', () => poller.add(stranger));
    expect(error.message).to.contain('one context');
    poller.remove(pull);
    poller.add(stranger);
  });

  describe('takes timeouts in milliseconds', () => {
    beforeEach(() => {
      lines(2);
    });

    it('and reports nothing when they have passed', async () => {
      for (const timeout of [0, 0.4, 20]) {
        const start = performance.now();
        expect(await poller.wait({ timeout })).to.deep.equal([]);
        expect(poller.waitSync({ timeout })).to.deep.equal([]);
        // Timers of the event loop count whole milliseconds.
        expect(performance.now() - start).to.be.at.least(2 * timeout - 2);
      }
    });

    it('but none that make no sense', async () => {
      for (const timeout of [-2, NaN, Infinity, 2 ** 31]) {
        await failure('EINVAL', () => poller.wait({ timeout }));
        failureNow('EINVAL', () => poller.waitSync({ timeout }));
      }
      expect(() => poller.waitSync({ timeout: '1' as never })).to.throw(TypeError);
    });
  });

  it('without sockets waits for a timeout, and for nothing else: EFAULT', async () => {
    await failure('EFAULT', () => poller.wait());
    failureNow('EFAULT', () => poller.waitSync());
    expect(await poller.wait({ timeout: 1 })).to.deep.equal([]);
    expect(poller.tryWait()).to.deep.equal([]);
    const [one] = lines(1);
    const waiting = poller.wait();
    poller.remove(one!.pull);
    await failure('EFAULT', () => waiting);
  });

  describe('while it waits', () => {
    it('sees what comes, and the room that it leaves', async () => {
      const [one, other] = lines(2);
      const waiting = poller.wait();
      other!.push.sendSync('1');
      other!.push.sendSync('2');
      expect(await waiting).to.deep.equal([readable(other!.pull)]);
      for (const { pull } of [one!, other!]) poller.remove(pull);
      poller.add(other!.push, { writable: true });
      const room = poller.wait();
      await other!.pull.receive();
      await other!.pull.receive();
      expect(await room).to.deep.equal([writable(other!.push)]);
    });

    it('sees what becomes ready by a call of this thread', async () => {
      const push = new Push({ context, sendHighWaterMark: 1 });
      poller.add(push, { writable: true });
      const connected = poller.wait();
      push.connect(stage.inproc());
      expect(await connected).to.deep.equal([writable(push)]);
      push.sendSync('message');
      const raised = poller.wait();
      push.sendHighWaterMark = 2;
      expect(await raised).to.deep.equal([writable(push)]);
    });

    it('sees the request that a reply makes room for', async () => {
      const reply = new Reply({ context });
      reply.bindSync(stage.inproc());
      const requests = [new Request({ context }), new Request({ context })];
      for (const request of requests) {
        request.connect(reply.lastEndpoint!);
        request.sendSync('request');
      }
      reply.receiveSync();
      poller.add(reply);
      const waiting = poller.wait();
      // The second request has been seen, and lies there, before the reply is sent.
      await new Promise((resolve) => setImmediate(resolve));
      reply.sendSync('reply');
      expect(await waiting).to.deep.equal([readable(reply)]);
    });

    it('takes sockets in, changes and leaves them out', async () => {
      const [one, other] = lines(2);
      other!.push.sendSync('message');
      poller.remove(other!.pull);
      let waiting = poller.wait();
      poller.add(other!.pull);
      expect(await waiting).to.deep.equal([readable(other!.pull)]);
      poller.modify(other!.pull, {});
      waiting = poller.wait();
      poller.modify(other!.pull, { readable: true });
      expect(await waiting).to.deep.equal([readable(other!.pull)]);
      other!.pull.receiveSync();
      poller.remove(other!.pull);
      waiting = poller.wait();
      poller.add(other!.pull);
      // Taken in while nothing is there, it is watched none the less.
      await new Promise((resolve) => setImmediate(resolve));
      other!.push.sendSync('message');
      expect(await waiting).to.deep.equal([readable(other!.pull)]);
      poller.remove(other!.pull);
      waiting = poller.wait();
      other!.push.sendSync('not asked');
      one!.push.sendSync('asked');
      expect(await waiting).to.deep.equal([readable(one!.pull)]);
    });

    it('tells all callers', async () => {
      const [one] = lines(1);
      const waiting = [poller.wait(), poller.wait({ timeout: 60_000 }), poller.wait()];
      one!.push.sendSync('message');
      for (const events of await Promise.all(waiting)) {
        expect(events).to.deep.equal([readable(one!.pull)]);
      }
    });

    it('leaves a message to whoever awaits it', async () => {
      const [one, other] = lines(2);
      const waiting = poller.wait();
      const received = one!.pull.receive();
      one!.push.sendSync('awaited');
      expect(String(await received)).to.equal('awaited');
      other!.push.sendSync('polled');
      expect(await waiting).to.deep.equal([readable(other!.pull)]);
    });

    it('ends with an AbortSignal and its reason', async () => {
      const [one] = lines(1);
      const reason = { any: 'thing' };
      const outcome = (signal: AbortSignal): Promise<unknown> =>
        poller.wait({ signal }).catch((error: unknown) => error);
      expect(await outcome(AbortSignal.abort(reason))).to.equal(reason);
      const abort = new AbortController();
      const waiting = outcome(abort.signal);
      abort.abort(reason);
      expect(await waiting).to.equal(reason);
      one!.push.sendSync('message');
      expect(await poller.wait()).to.deep.equal([readable(one!.pull)]);
    });

    it('learns that a socket is closed: ENOTSOCK', async () => {
      const [one] = lines(1);
      const waiting = poller.wait();
      one!.pull.close();
      await failure('ENOTSOCK', () => waiting);
    });

    it('learns that the context is shut down: ETERM', async () => {
      lines(2);
      const waiting = [poller.wait(), poller.wait({ timeout: 60_000 })];
      context.shutdown();
      for (const wait of waiting) await failure('ETERM', () => wait);
    });
  });

  it('polls sockets of any transport together', async () => {
    const over = await Promise.all(
      [stage.inproc(), 'tcp://127.0.0.1:*'].map(async (endpoint) => {
        const pull = new Pull({ context });
        await pull.bind(endpoint);
        const push = new Push({ context });
        push.connect(pull.lastEndpoint!);
        poller.add(pull);
        return { push, pull };
      }),
    );
    for (const { push, pull } of [...over, ...over.reverse()]) {
      await push.send('message');
      expect(await poller.wait()).to.deep.equal([readable(pull)]);
      expect(poller.waitSync()).to.deep.equal([readable(pull)]);
      pull.receiveSync();
    }
  });

  it('lets the event loop turn, even if something is ready each time', async () => {
    const [one] = lines(1);
    one!.push.sendSync('message');
    let turned = false;
    setImmediate(() => (turned = true));
    for (let i = 0; i < 600; i++) await poller.wait();
    expect(turned).to.equal(true);
  });

  it('leaves nothing behind, however often it waits', async () => {
    const all = Array.from({ length: 3 }, () => {
      const pull = new CountingPull({ context });
      pull.bindSync(stage.inproc());
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      poller.add(pull);
      return { push, pull };
    });
    const abort = new AbortController();
    for (let i = 0; i < 3000; i++) {
      const waiting = poller.wait({ signal: abort.signal, timeout: 60_000 });
      const { push, pull } = all[i % 3]!;
      push.sendSync(`${i}`);
      expect(await waiting).to.deep.equal([readable(pull)]);
      expect(String(pull.receiveSync())).to.equal(`${i}`);
    }
    await poller.wait({ timeout: 1 });
    expect(all.map(({ pull }) => pull.watchers.size)).to.deep.equal([0, 0, 0]);
    expect(getEventListeners(abort.signal, 'abort').length).to.equal(0);
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    expect(timers.length).to.be.below(10);
  });

  describe('in another thread', () => {
    const waits: Record<string, Program<SharedArrayBuffer>> = {
      'blocked in waitSync': ({ Context, Poller, Pull }, line, handle) => {
        const context = Context.attach(handle);
        const pulls = ['inproc://a', 'inproc://b'].map((endpoint) => {
          const pull = new Pull({ context });
          pull.bindSync(endpoint);
          return pull;
        });
        const poller = new Poller<(typeof pulls)[number]>();
        for (const pull of pulls) poller.add(pull);
        line.post('waiting');
        try {
          for (;;) {
            for (const { socket } of poller.waitSync()) {
              line.post(String(socket.receiveSync()));
            }
          }
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        for (const pull of pulls) pull.close();
      },
      'that awaits': async ({ Context, Poller, Pull }, line, handle) => {
        const context = Context.attach(handle);
        const pulls = ['inproc://a', 'inproc://b'].map((endpoint) => {
          const pull = new Pull({ context });
          pull.bindSync(endpoint);
          return pull;
        });
        const poller = new Poller<(typeof pulls)[number]>();
        for (const pull of pulls) poller.add(pull);
        line.post('waiting');
        try {
          for (;;) {
            for (const { socket } of await poller.wait()) {
              line.post(String(await socket.receive()));
            }
          }
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        for (const pull of pulls) pull.close();
      },
    };
    for (const [name, program] of Object.entries(waits)) {
      it(`${name}, takes what comes, and ends with ETERM`, async () => {
        const thread = stage.thread(program, context.handle);
        expect(await thread.next()).to.equal('waiting');
        for (const endpoint of ['inproc://b', 'inproc://a']) {
          await othersAsleep(context);
          const push = new Push({ context });
          push.connect(endpoint);
          push.sendSync(endpoint);
          expect(await thread.next()).to.equal(endpoint);
          push.close();
        }
        await othersAsleep(context);
        await context.terminate();
        expect(await thread.next()).to.equal('ETERM');
        expect(await thread.ended).to.include({ code: 0 });
      });
    }
  });

  it('keeps the process alive while it waits, and no longer', async () => {
    const child = stage.process(async ({ Poller, Pull }, line) => {
      const poller = new Poller();
      const pull = new Pull();
      pull.bindSync('inproc://nobody');
      poller.add(pull);
      setTimeout(() => {
        line.post('waiting still');
        pull.close();
      }, 50).unref();
      await poller.wait().catch((error: unknown) => line.post((error as { code: string }).code));
    });
    expect(await child.next()).to.equal('waiting still');
    expect(await child.next()).to.equal('ENOTSOCK');
    expect(await child.ended).to.include({ code: 0 });
  });
});
