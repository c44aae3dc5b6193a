import { expect } from 'chai';
import { lookup } from 'node:dns/promises';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Context,
  Pair,
  Pull,
  Push,
  Router,
  Dealer,
  Subscriber,
  XPublisher,
} from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { failure, failureNow } from '../support/expect-error.js';
import { typesOf, upTo } from '../support/events.js';
import { useTidyStage } from '../support/stage.js';
import { join, listen, text, TRANSPORTS } from './both-ends.js';

describe('As libzmq’s own tests show of endpoints and the life of sockets', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  describe('inproc_connect', () => {
    it('works when the bind came first, and when the connect did', async () => {
      for (const bindFirst of [true, false]) {
        const endpoint = stage.inproc();
        const [push, pull] = [new Push({ context }), new Pull({ context })];
        if (bindFirst) await pull.bind(endpoint);
        push.connect(endpoint);
        if (!bindFirst) {
          await push.send('early');
          await pull.bind(endpoint);
          expect(text(await pull.receive())).to.equal('early');
        }
        await push.send('message');
        expect(text(await pull.receive())).to.equal('message');
      }
    });

    it('alone can be closed, with what was sent: its context ends', async () => {
      const other = stage.newContext();
      const push = new Push({ context: other, linger: 0 });
      push.connect(stage.inproc());
      await push.send('nobody');
      push.close();
      await other.terminate();
      stage.leaves('What was sent waits for somebody to bind the name, and goes with the arena.');
    });

    it('may be many before the bind, in many sockets', async () => {
      const endpoint = stage.inproc();
      const pushes = Array.from({ length: 50 }, () => new Push({ context }));
      for (const [i, push] of pushes.entries()) {
        push.connect(endpoint);
        await push.send(`${i}`);
      }
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      const came = new Set<string>();
      for (let i = 0; i < 50; i++) came.add(text(await pull.receive())!);
      expect(came.size).to.equal(50);
    });

    it('may be one socket’s, to several names that are bound later', async () => {
      const names = [stage.inproc(), stage.inproc(), stage.inproc()];
      const push = new Push({ context });
      for (const name of names) push.connect(name);
      for (let i = 0; i < 3; i++) await push.send(`${i}`);
      for (const [i, name] of names.entries()) {
        const pull = new Pull({ context });
        await pull.bind(name);
        expect(text(await pull.receive())).to.equal(`${i}`);
      }
    });

    it('hands the routing id over, though the bind came later', async () => {
      const endpoint = stage.inproc();
      const dealer = new Dealer({ context, routingId: 'conn' });
      dealer.connect(endpoint);
      await dealer.send('message');
      const router = new Router({ context });
      await router.bind(endpoint);
      expect(text(await router.receive())).to.equal('conn|message');
      await router.send(['conn', 'back']);
      expect(text(await dealer.receive())).to.equal('back');
    });

    it('of a name that was unbound waits for the next who binds it', async () => {
      const endpoint = stage.inproc();
      const first = new Pull({ context });
      await first.bind(endpoint);
      await first.unbind(endpoint);
      const push = new Push({ context });
      push.connect(endpoint);
      await push.send('to the second');
      const second = new Pull({ context });
      await second.bind(endpoint);
      expect(text(await second.receive())).to.equal('to the second');
    });

    it('by threads that race the bind: each is heard', async () => {
      const connecting: Program<[SharedArrayBuffer, string, number]> = (
        { Context, Push },
        _line,
        [handle, endpoint, number],
      ) => {
        const push = new Push({ context: Context.attach(handle) });
        push.connect(endpoint);
        push.sendSync(`${number}`);
        push.close();
      };
      const endpoint = stage.inproc();
      for (let i = 0; i < 8; i++) stage.thread(connecting, [context.handle, endpoint, i]);
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      const came: string[] = [];
      while (came.length < 8) came.push(text(await pull.receive())!);
      expect(came.sort()).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '7']);
    });
  });

  it('disconnect_inproc: takes the subscription back, and can be done again and again', async () => {
    const publisher = new XPublisher({ context });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context });
    subscriber.subscribe('foo');
    for (let round = 0; round < 3; round++) {
      subscriber.connect(publisher.lastEndpoint!);
      expect(text(await publisher.receive())).to.equal('\x01foo');
      await publisher.send(['foo', `${round}`]);
      expect(text(await subscriber.receive())).to.equal(`foo|${round}`);
      subscriber.disconnect(publisher.lastEndpoint!);
      expect(text(await publisher.receive())).to.equal('\x00foo');
      await publisher.send(['foo', 'nobody']);
      expect(subscriber.tryReceive()).to.equal(undefined);
    }
  });

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('term_endpoint: after disconnect there is nobody to send to', async () => {
        const [push, pull] = [new Push({ context, sendTimeout: 0 }), new Pull({ context })];
        const endpoint = await join(stage, transport, pull, push);
        await push.send('message');
        expect(text(await pull.receive())).to.equal('message');
        push.disconnect(endpoint);
        await failure('EAGAIN', () => push.send('nobody'));
      });

      it('term_endpoint: after unbind nobody is there any more to send to, nor a listener', async () => {
        const push = new Push({ context, sendTimeout: 0 });
        const pull = new Pull({ context });
        const endpoint = await stage.agreed(transport);
        await push.bind(endpoint);
        pull.connect(endpoint);
        while (!push.writable) await turn();
        await push.send('message');
        expect(text(await pull.receive())).to.equal('message');
        await push.unbind(endpoint);
        if (transport === 'inproc') {
          // Pipes between threads stay, as in libzmq; only the name is free.
          await push.send('another');
          expect(text(await pull.receive())).to.equal('another');
        } else {
          // The connections that came in go with the listener.
          while (push.writable) await turn();
          await failure('EAGAIN', () => push.send('nobody'));
        }
        const other = new Push({ context });
        await other.bind(endpoint);
        await failure('ENOENT', () => push.unbind(endpoint));
      });

      it('unbind_wildcard, last_endpoint: what was bound is known, and can be unbound by it, and bound again', async () => {
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const first = pull.lastEndpoint!;
        expect(first).not.to.contain('*');
        await pull.bind(stage.wildcard(transport));
        expect(pull.lastEndpoint).not.to.equal(first);
        await pull.unbind(first);
        await failure('ENOENT', () => pull.unbind(first));
        // The folder of a wildcard path has gone with it.
        const again = transport === 'ipc' ? await stage.agreed('ipc') : first;
        await pull.bind(again);
        expect(pull.lastEndpoint).to.equal(again);
      });

      it('bind_after_connect: what was sent before there was a listener arrives', async () => {
        const endpoint = await stage.agreed(transport);
        const push = new Push({ context, reconnectInterval: 10 });
        push.connect(endpoint);
        for (let i = 0; i < 6; i++) await push.send(`${i}`);
        const pull = new Pull({ context });
        await pull.bind(endpoint);
        for (let i = 0; i < 6; i++) expect(text(await pull.receive())).to.equal(`${i}`);
      });

      it('ctx_destroy: shutdown ends a receive with ETERM, and every socket after it', async () => {
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const received = failure('ETERM', () => pull.receive());
        context.shutdown();
        await received;
        failureNow('ETERM', () => new Push({ context }));
        pull.close();
        await context.terminate();
      });

      it('shutdown_stress: a hundred sockets of twenty threads that connect while their context ends', async () => {
        // libzmq has a thread for each socket; here a thread is one of Node's, which takes its time to start.
        const connecting: Program<[SharedArrayBuffer, string]> = async (
          { Context, Push },
          line,
          [handle, endpoint],
        ) => {
          const context = Context.attach(handle);
          const pushes = Array.from({ length: 5 }, () => new Push({ context, linger: 0 }));
          line.post('ready');
          await line.next();
          for (const push of pushes) {
            try {
              push.connect(endpoint);
            } catch (error) {
              // The context ends at any moment.
              if ((error as { code?: string }).code !== 'ETERM') throw error;
            }
          }
          for (const push of pushes) push.close();
        };
        const other = stage.newContext();
        const pull = new Pull({ context: other });
        await pull.bind(stage.wildcard(transport));
        const threads = Array.from({ length: 20 }, () =>
          stage.thread(connecting, [other.handle, pull.lastEndpoint!]),
        );
        for (const thread of threads) expect(await thread.next()).to.equal('ready');
        for (const thread of threads) thread.post('go');
        other.shutdown();
        pull.close();
        const { complete } = await other.terminate();
        expect(complete).to.equal(true);
        for (const thread of threads) expect(await thread.ended).to.not.have.property('error');
      });

      it('shutdown_stress: a hundred sockets that connect while their context ends', async () => {
        const other = stage.newContext();
        const pull = new Pull({ context: other });
        await pull.bind(stage.wildcard(transport));
        const endpoint = pull.lastEndpoint!;
        const pushes = Array.from({ length: 100 }, () => new Push({ context: other, linger: 0 }));
        for (const push of pushes) push.connect(endpoint);
        other.shutdown();
        for (const push of pushes) push.close();
        pull.close();
        await other.terminate();
      });
    });
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`reconnect_ivl: a connecter comes back when its peer is bound again, over ${transport}`, async () => {
      const endpoint = await stage.agreed(transport);
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      const push = new Push({ context, reconnectInterval: 10 });
      push.connect(endpoint);
      await push.send('before');
      expect(text(await pull.receive())).to.equal('before');
      const { events } = push;
      await pull.unbind(endpoint);
      await upTo(events, 'disconnect');
      await pull.bind(endpoint);
      await upTo(events, 'handshake');
      await push.send('after');
      expect(text(await pull.receive())).to.equal('after');
    });
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`reconnect_ivl: with -1 a connecter that has lost its peer does not come back, over ${transport}`, async () => {
      const pull = new Pull({ context });
      await pull.bind(await stage.agreed(transport));
      const endpoint = pull.lastEndpoint!;
      const push = new Push({ context, reconnectInterval: -1, linger: 0 });
      const { events } = push;
      push.connect(endpoint);
      await upTo(events, 'handshake');
      await pull.unbind(endpoint);
      await upTo(events, 'disconnect');
      await pull.bind(endpoint);
      // Another that does come back has had its time by then.
      const other = new Push({ context, reconnectInterval: 1 });
      other.connect(endpoint);
      await other.send('message');
      expect(text(await pull.receive())).to.equal('message');
      push.close();
      expect(typesOf(await upTo(events, 'end'))).not.to.include.oneOf(['connect:retry', 'connect']);
    });
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`reconnect_options: who is to stop when refused stops, over ${transport}`, async () => {
      const endpoint = await (transport === 'tcp' ? stage.freeEndpoint() : abandoned());
      const push = new Push({ context, linger: 0, reconnectStop: 1, reconnectInterval: 1 });
      const { events } = push;
      push.connect(endpoint);
      expect(typesOf(await upTo(events, 'close'))).to.deep.equal(['connect:delay', 'close']);
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      push.close();
      expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['end']);
    });

    it(`reconnect_options: who is to stop when a handshake fails stops, over ${transport}`, async () => {
      const listener = await listen(stage, transport);
      const push = new Push({ context, linger: 0, reconnectStop: 2, reconnectInterval: 1 });
      const { events } = push;
      push.connect(listener.endpoint);
      (await listener.accept()).socket.destroy();
      expect(typesOf(await upTo(events, 'disconnect'))).to.include('handshake:error:other');
      push.close();
      expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['end']);
    });

    it(`reconnect_options: a connection that was lost is made again all the same, over ${transport}`, async () => {
      const endpoint = await stage.agreed(transport);
      const push = new Push({ context, reconnectStop: 2, reconnectInterval: 1 });
      const { events } = push;
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      push.connect(endpoint);
      await upTo(events, 'handshake');
      pull.close();
      await upTo(events, 'disconnect');
      const next = new Pull({ context });
      await next.bind(endpoint);
      await upTo(events, 'handshake');
      await push.send('again');
      expect(text(await next.receive())).to.equal('again');
    });
  }

  /** An ipc path at which somebody has listened who is dead: who connects to it is refused. */
  async function abandoned(): Promise<string> {
    const path = stage.path();
    const listening: Program<string> = async (_library, line, path) => {
      const { createServer } = await import('node:net');
      createServer().listen(path, () => line.post('listening'));
      await line.next();
    };
    const listener = stage.process(listening, path);
    expect(await listener.next()).to.equal('listening');
    await listener.kill();
    return `ipc://${path}`;
  }

  it('connect_resolve: a name is looked up, and what is none is refused', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const port = pull.lastEndpoint!.split(':').at(-1);
    const { address } = await lookup('localhost', 4);
    expect(address).to.equal('127.0.0.1');
    const push = new Push({ context });
    push.connect(`tcp://localhost:${port}`);
    await push.send('by name');
    expect(text(await pull.receive())).to.equal('by name');
    for (const wrong of ['tcp://localhost:invalid', 'tcp://in val id:1234', 'tcp://localhost']) {
      failureNow('EINVAL', () => push.connect(wrong));
    }
    failureNow('EPROTONOSUPPORT', () => push.connect('invalid://localhost:1234'));
  });

  it('ctx_options: a context has its limits, and its sockets follow blocky and ipv6', () => {
    const other = stage.newContext({ blocky: false, ipv6: true, maxSockets: 7, ioThreads: 1 });
    expect([other.blocky, other.ipv6, other.maxSockets, other.ioThreads]).to.deep.equal([
      false,
      true,
      7,
      1,
    ]);
    const push = new Push({ context: other });
    expect([push.linger, push.ipv6]).to.deep.equal([0, true]);
    const first = new Push({ context });
    expect([first.linger, first.ipv6]).to.deep.equal([-1, false]);
  });

  it('ctx_destroy: a thread that blocks in a receive is told', async () => {
    const blocked: Program<SharedArrayBuffer> = ({ Context, Pair }, line, handle) => {
      const pair = new Pair({ context: Context.attach(handle) });
      pair.connect('inproc://destroyed');
      pair.sendSync('here');
      try {
        pair.receiveSync();
      } catch (error) {
        line.post((error as { code: string }).code);
      }
      pair.close();
    };
    const pair = new Pair({ context });
    await pair.bind('inproc://destroyed');
    const thread = stage.thread(blocked, context.handle);
    expect(text(await pair.receive())).to.equal('here');
    context.shutdown();
    expect(await thread.next()).to.equal('ETERM');
    pair.close();
    await context.terminate();
  });
});
