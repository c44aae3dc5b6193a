import { expect } from 'chai';
import {
  Dealer,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
  type Socket,
} from '../../src/index.js';
import { othersAsleep } from '../support/asleep.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('Proxy', () => {
  const stage = useTidyStage();
  let context: Context;
  /** Sends to the proxy. */
  let source: Push;
  /** Gets what the proxy sends. */
  let sink: Pull;
  let front: Pull;
  let back: Push;

  beforeEach(() => {
    context = stage.context;
    front = new Pull({ context, receiveHighWaterMark: 1 });
    front.bindSync(stage.inproc());
    back = new Push({ context, sendHighWaterMark: 1 });
    back.bindSync(stage.inproc());
    source = new Push({ context, sendHighWaterMark: 1 });
    source.connect(front.lastEndpoint!);
    sink = new Pull({ context, receiveHighWaterMark: 1 });
    sink.connect(back.lastEndpoint!);
  });

  /** What `source` can send until it waits: both pipes full, and nothing between them. */
  const ROOM = 4;

  const REST = ['second part'];

  const send = async (count: number, rest = REST): Promise<void> => {
    for (let i = 0; i < count; i++) await source.send([`${i}`, ...rest]);
  };

  const receive = async (from: number, to: number, rest = REST): Promise<void> => {
    for (let i = from; i < to; i++) {
      expect((await sink.receive()).map(String)).to.deep.equal([`${i}`, ...rest]);
    }
  };

  it('moves messages whole and in order', async () => {
    const proxy = new Proxy(front, back);
    expect([proxy.frontEnd, proxy.backEnd, proxy.captureEnd]).to.deep.equal([
      front,
      back,
      undefined,
    ]);
    const running = proxy.run();
    await Promise.all([send(3000), receive(0, 3000)]);
    proxy.terminate();
    await running;
  });

  it('moves messages of any length, of one part or several, as they are', async () => {
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    const message = (length: number): Buffer[] =>
      Array.from({ length: 1 + (length % 3 === 2 ? 2 : 0) }, (_, part) =>
        Buffer.alloc(length, length + part),
      );
    const sends = (async () => {
      for (let length = 0; length < 700; length++) await source.send(message(length));
    })();
    for (let length = 0; length < 700; length++) {
      expect(await sink.receive()).to.deep.equal(message(length));
    }
    await sends;
    const { bytesReceived } = proxy.statistics().frontEnd;
    proxy.terminate();
    await running;
    // Two thirds of them have one part, the others three.
    let bytes = 0;
    for (let length = 0; length < 700; length++) bytes += length * (length % 3 === 2 ? 3 : 1);
    expect(bytesReceived).to.equal(bytes);
  });

  it('moves messages the other way, too', async () => {
    const running = new Proxy(back, front);
    const ended = running.run();
    await Promise.all([send(100), receive(0, 100)]);
    running.terminate();
    await ended;
  });

  it('holds up the senders of a slow receiver, and loses nothing', async () => {
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    let sent = 0;
    const sends = Array.from({ length: 200 }, (_, i) =>
      source.send([`${i}`, 'second part']).then(() => sent++),
    );
    for (let i = 0; i < 200; i++) {
      await receive(i, i + 1);
      expect(sent).to.be.at.most(i + 1 + ROOM);
    }
    await Promise.all(sends);
    proxy.terminate();
    await running;
  });

  it('keeps what has room by count but not in bytes, and captures it once', async () => {
    const small = stage.newContext({ arenaSize: 2 ** 24 });
    const joined = (endpoint: string): { push: Push; pull: Pull } => {
      const pull = new Pull({ context: small });
      pull.bindSync(endpoint);
      const push = new Push({ context: small });
      push.connect(endpoint);
      return { push, pull };
    };
    const before = joined('inproc://before');
    const after = joined('inproc://after');
    const captured = joined('inproc://captured');
    const proxy = new Proxy(before.pull, after.push, captured.push);
    const running = proxy.run();
    // Far below the marks, and twice what a pipe of this context may hold.
    const count = 16;
    const body = Buffer.alloc(2 ** 19);
    const sends = Array.from({ length: count }, (_, i) => before.push.send([`${i}`, body]));
    for (let i = 0; i < count; i++) {
      // The copy comes first, and makes no room for its original.
      expect(String((await captured.pull.receive())[0])).to.equal(`${i}`);
      if (i < 2) continue;
      const [number, bytes] = await after.pull.receive();
      expect([String(number), bytes!.length]).to.deep.equal([`${i - 2}`, body.length]);
    }
    await after.pull.receive();
    await after.pull.receive();
    await Promise.all(sends);
    expect([captured.pull.readable, after.pull.readable]).to.deep.equal([false, false]);
    expect(proxy.dropped).to.equal(0);
    proxy.terminate();
    await running;
  });

  it('moves requests and replies between REP and REQ', async () => {
    const service = new Reply({ context });
    service.bindSync(stage.inproc());
    const towards = new Request({ context });
    towards.connect(service.lastEndpoint!);
    const entrance = new Reply({ context });
    entrance.bindSync(stage.inproc());
    const proxy = new Proxy(entrance, towards);
    const running = proxy.run();
    const clients = Array.from({ length: 3 }, () => new Request({ context }));
    const served = (async () => {
      for (let i = 0; i < 30; i++) await service.send(`re: ${String(await service.receive())}`);
    })();
    await Promise.all(
      clients.map(async (client, number) => {
        client.connect(entrance.lastEndpoint!);
        for (let i = 0; i < 10; i++) {
          await client.send(`${number}.${i}`);
          expect(String(await client.receive())).to.equal(`re: ${number}.${i}`);
        }
      }),
    );
    await served;
    proxy.terminate();
    await running;
  });

  it('gives one socket at both ends what it receives', async () => {
    const echo = new Reply({ context });
    echo.bindSync(stage.inproc());
    const proxy = new Proxy(echo, echo);
    const running = proxy.run();
    const client = new Request({ context });
    client.connect(echo.lastEndpoint!);
    for (let i = 0; i < 10; i++) {
      await client.send([`${i}`, 'again']);
      expect((await client.receive()).map(String)).to.deep.equal([`${i}`, 'again']);
    }
    proxy.terminate();
    await running;
  });

  it('lets the event loop turn, however much there is to move', async () => {
    /** Counts what is asked of it. */
    class CountingPull extends Pull {
      taken = 0;

      override xrecv(): Buffer[] | undefined {
        this.taken++;
        return super.xrecv();
      }

      override xrecvInto(room: Uint8Array): number {
        const length = super.xrecvInto(room);
        if (length >= 0) this.taken++;
        return length;
      }
    }
    const many = new CountingPull({ context, receiveHighWaterMark: 0 });
    many.bindSync(stage.inproc());
    const flood = new Push({ context, sendHighWaterMark: 0 });
    flood.connect(many.lastEndpoint!);
    const onwards = new Push({ context, sendHighWaterMark: 0 });
    onwards.connect(stage.inproc());
    for (let i = 0; i < 10_000; i++) flood.sendSync('message');
    const proxy = new Proxy(many, onwards);
    const running = proxy.run();
    for (let seen = 0; many.taken < 10_000; seen = many.taken) {
      await new Promise((resolve) => setImmediate(resolve));
      // A turn of the loop has at most two duty cycles, one of them left over from a blocking call.
      expect(many.taken - seen).to.be.at.most(2001);
    }
    proxy.terminate();
    await running;
  });

  it('goes on while its own thread blocks', async () => {
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    // One more would wait for ever.
    const ahead = ROOM - 1;
    for (let i = 0; i < ahead; i++) source.sendSync(`${i}`);
    for (let i = 0; i < 3000; i++) {
      source.sendSync(`${i + ahead}`);
      expect(String(sink.receiveSync())).to.equal(`${i}`);
    }
    proxy.terminate();
    await running;
  });

  describe('with a capture socket', () => {
    let capture: Push;
    let log: Pull;

    beforeEach(() => {
      capture = new Push({ context, sendHighWaterMark: 1 });
      capture.bindSync(stage.inproc());
      log = new Pull({ context, receiveHighWaterMark: 1 });
    });

    it('gives it a copy of every message, in both directions', async () => {
      log.connect(capture.lastEndpoint!);
      const service = new Reply({ context });
      service.bindSync(stage.inproc());
      const towards = new Request({ context });
      towards.connect(service.lastEndpoint!);
      const entrance = new Reply({ context });
      entrance.bindSync(stage.inproc());
      const client = new Request({ context });
      client.connect(entrance.lastEndpoint!);
      const proxy = new Proxy(entrance, towards, capture);
      expect(proxy.captureEnd).to.equal(capture);
      const running = proxy.run();
      for (let i = 0; i < 20; i++) {
        await client.send(['request', `${i}`]);
        expect((await log.receive()).map(String)).to.deep.equal(['request', `${i}`]);
        await service.receive();
        await service.send(['reply', `${i}`]);
        expect((await log.receive()).map(String)).to.deep.equal(['reply', `${i}`]);
        await client.receive();
      }
      proxy.terminate();
      await running;
      expect(capture.closed).to.equal(true);
    });

    for (const [parts, rest] of [
      ['one part', []],
      ['two parts', REST],
    ] as const) {
      it(`waits while it has no room, and captures nothing twice, of messages of ${parts}`, async () => {
        const proxy = new Proxy(front, back, capture);
        const running = proxy.run();
        const sends = send(50, [...rest]);
        const received = receive(0, 50, [...rest]);
        log.connect(capture.lastEndpoint!);
        for (let i = 0; i < 50; i++) {
          expect((await log.receive()).map(String)).to.deep.equal([`${i}`, ...rest]);
        }
        await Promise.all([sends, received]);
        expect(log.tryReceive()).to.equal(undefined);
        proxy.terminate();
        await running;
      });
    }
  });

  it('moves nothing between pause and resume', async () => {
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    proxy.pause();
    const sends = send(10);
    // Its own pipe fills; a cycle later the proxy would have moved something.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(sink.tryReceive()).to.equal(undefined);
    proxy.resume();
    await Promise.all([sends, receive(0, 10)]);
    proxy.pause();
    proxy.terminate();
    await running;
  });

  describe('ends', () => {
    const closed = (): boolean[] => [front.closed, back.closed];

    it('when it is terminated, even while its receiver is stuck', async () => {
      const proxy = new Proxy(front, back);
      const running = proxy.run();
      await send(ROOM);
      const stuck = failure('EAGAIN', () => source.send('no room'));
      // Enough cycles for the proxy to take it if it did not look for room first.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      proxy.terminate();
      await running;
      expect(closed()).to.deep.equal([true, true]);
      // What has reached the sink's pipe lingers there.
      await receive(0, 2);
      source.close();
      await stuck;
      sink.close();
      await context.terminate();
    });

    it('with ETERM when the context is shut down', async () => {
      const running = new Proxy(front, back).run();
      await Promise.all([send(1), receive(0, 1)]);
      context.shutdown();
      await failure('ETERM', () => running);
      expect(closed()).to.deep.equal([true, true]);
    });

    it('when one of its sockets is closed', async () => {
      const running = new Proxy(front, back).run();
      back.close();
      await running;
      expect(closed()).to.deep.equal([true, true]);
    });

    it('when one of its sockets is closed, and no peer is there to notice', async () => {
      const lone = new Pull({ context });
      lone.bindSync(stage.inproc());
      const running = new Proxy(lone, back).run();
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      lone.close();
      await running;
      expect(back.closed).to.equal(true);
    });

    it('when the thread destroys the context', async () => {
      const running = new Proxy(front, back).run();
      await context.destroy();
      await running;
    });

    it('and holds nothing of the thread any more', async () => {
      const child = stage.process(async ({ Proxy, Pull, Push }, line) => {
        const front = new Pull();
        front.bindSync('inproc://front');
        const back = new Push();
        back.bindSync('inproc://back');
        const proxy = new Proxy(front, back);
        setTimeout(() => {
          line.post('running');
          proxy.terminate();
        }, 50).unref();
        await proxy.run();
        line.post('over');
      });
      expect(await child.next()).to.equal('running');
      expect(await child.next()).to.equal('over');
      expect(await child.ended).to.include({ code: 0 });
    });
  });

  describe('refuses', () => {
    it('what are no sockets', () => {
      expect(() => new Proxy(front, {} as never)).to.throw(TypeError);
      expect(() => new Proxy(undefined as never, back)).to.throw(TypeError);
      expect(() => new Proxy(front, back, null as never)).to.throw(TypeError);
    });

    it('sockets that cannot be joined: EINVAL', () => {
      const stranger = new Push({ context: stage.newContext() });
      failureNow('EINVAL', () => new Proxy(front, stranger));
      failureNow('EINVAL', () => new Proxy(front, sink));
      failureNow('EINVAL', () => new Proxy(source, back));
      failureNow('EINVAL', () => new Proxy(front, front));
      failureNow('EINVAL', () => new Proxy(front, back, sink));
      failureNow('EINVAL', () => new Proxy(front, back, back));
      failureNow('EINVAL', () => new Proxy(front, back, source, source));
      failureNow('EINVAL', () => new Proxy(front, back, undefined, source));
    });

    it('to run with a socket that is bound and connected nowhere: EINVAL', async () => {
      const lone = { pull: new Pull({ context }), push: new Push({ context }) };
      const messages = await Promise.all(
        [
          new Proxy(lone.pull, back),
          new Proxy(front, lone.push),
          new Proxy(front, back, lone.push),
          new Proxy(front, back, undefined, lone.pull),
        ].map(async (proxy) => (await failure('EINVAL', () => proxy.run())).message),
      );
      expect(messages).to.deep.equal(
        ['Front-end', 'Back-end', 'Capture', 'Control'].map(
          (role) => `${role} socket must be bound or connected`,
        ),
      );
      // Nothing was taken: the sockets are as free as before.
      source.sendSync('message');
      expect(String(front.receiveSync())).to.equal('message');
    });

    it('to run with sockets that are closed, or in use', async () => {
      const received = front.receive();
      await failure('EBUSY', () => new Proxy(front, back).run());
      source.sendSync('message');
      await received;
      const proxy = new Proxy(front, back);
      const running = proxy.run();
      await failure('EBUSY', () => proxy.run());
      await failure('EBUSY', () => new Proxy(front, back).run());
      proxy.terminate();
      await running;
      await failure('EBADF', () => proxy.run());
    });

    it('commands while it does not run: EBADF', async () => {
      const proxy = new Proxy(front, back);
      const commands = [
        () => proxy.pause(),
        () => proxy.resume(),
        () => proxy.terminate(),
      ] as const;
      for (const command of commands) failureNow('EBADF', command);
      const running = proxy.run();
      proxy.terminate();
      await running;
      for (const command of commands) failureNow('EBADF', command);
    });

    it('other calls of its sockets: EBUSY', async () => {
      const proxy = new Proxy(front, back);
      const running = proxy.run();
      const endpoint = stage.inproc();
      const { message } = await failure('EBUSY', () => front.receive());
      // zeromq.js's text.
      expect(message).to.equal('Socket is blocked by a bind or unbind operation');
      failureNow('EBUSY', () => front.receiveSync());
      failureNow('EBUSY', () => front.tryReceive());
      await failure('EBUSY', () => back.send('message'));
      failureNow('EBUSY', () => back.sendSync('message'));
      failureNow('EBUSY', () => back.trySend('message'));
      for (const socket of [front, back] as Socket[]) {
        await failure('EBUSY', () => socket.bind(endpoint));
        failureNow('EBUSY', () => socket.connect(endpoint));
        await failure('EBUSY', () => socket.unbind(socket.lastEndpoint!));
      }
      await Promise.all([send(10), receive(0, 10)]);
      proxy.terminate();
      await running;
      await failure('EBADF', () => front.receive());
    });
  });

  describe('in a thread that it blocks', () => {
    it('moves messages until the context is shut down', async () => {
      const thread = stage.thread(({ Context, Proxy, Pull, Push }, line, handle) => {
        const context = Context.attach(handle);
        const front = new Pull({ context, receiveHighWaterMark: 1 });
        front.bindSync('inproc://front');
        const back = new Push({ context, sendHighWaterMark: 1 });
        back.bindSync('inproc://back');
        line.post('ready');
        try {
          new Proxy(front, back).runSync();
        } catch (error) {
          line.post([(error as { code: string }).code, front.closed, back.closed]);
        }
      }, context.handle);
      expect(await thread.next()).to.equal('ready');
      source.connect('inproc://front');
      source.disconnect(front.lastEndpoint!);
      sink.connect('inproc://back');
      await Promise.all([send(3000), receive(0, 3000)]);
      await othersAsleep(context);
      const ended = context.destroy();
      expect(await thread.next()).to.deep.equal(['ETERM', true, true]);
      await ended;
      expect(await thread.ended).to.include({ code: 0 });
    });

    it('moves all that lies there when it begins', async () => {
      const thread = stage.thread(async ({ Context, Proxy, Pull, Push }, line, handle) => {
        const context = Context.attach(handle);
        const front = new Pull({ context, receiveHighWaterMark: 0 });
        front.bindSync('inproc://front');
        const back = new Push({ context, sendHighWaterMark: 0 });
        back.bindSync('inproc://back');
        line.post('ready');
        await line.next();
        try {
          new Proxy(front, back).runSync();
        } catch (error) {
          line.post((error as { code: string }).code);
        }
      }, context.handle);
      expect(await thread.next()).to.equal('ready');
      source.connect('inproc://front');
      source.disconnect(front.lastEndpoint!);
      sink.connect('inproc://back');
      // Several bursts, and nobody who rings between them.
      await send(5000);
      thread.post('go');
      await receive(0, 5000);
      const ended = context.destroy();
      expect(await thread.next()).to.equal('ETERM');
      await ended;
    });

    it('obeys the commands of other threads', async () => {
      const thread = stage.thread(({ Context, Proxy, Pull, Push, Reply }, line, handle) => {
        const context = Context.attach(handle);
        const front = new Pull({ context });
        front.bindSync('inproc://front');
        const back = new Push({ context });
        back.bindSync('inproc://back');
        const control = new Reply({ context });
        control.bindSync('inproc://control');
        line.post('ready');
        const proxy = new Proxy(front, back, undefined, control);
        proxy.runSync();
        line.post([front.closed, back.closed, control.closed, proxy.dropped]);
      }, context.handle);
      expect(await thread.next()).to.equal('ready');
      const steer = new Request({ context });
      steer.connect('inproc://control');
      const order = async (command: string): Promise<void> => {
        await steer.send(command);
        expect((await steer.receive()).map(String)).to.deep.equal(['']);
      };
      source.connect('inproc://front');
      source.disconnect(front.lastEndpoint!);
      sink.connect('inproc://back');
      await order('PAUSE');
      const sent = send(10);
      await order('DANCE');
      await othersAsleep(context);
      expect(sink.tryReceive()).to.equal(undefined);
      await order('RESUME');
      await Promise.all([sent, receive(0, 10)]);
      await order('TERMINATE');
      expect(await thread.next()).to.deep.equal([true, true, true, 1]);
      expect(await thread.ended).to.include({ code: 0 });
    });
  });

  describe('of ROUTER and DEALER', () => {
    const places = { inproc: () => stage.inproc(), tcp: () => 'tcp://127.0.0.1:*' };
    for (const [transport, endpoint] of Object.entries(places)) {
      it(`brings clients and workers in many threads together over ${transport}`, async () => {
        const router = new Router({ context });
        await router.bind(endpoint());
        const dealer = new Dealer({ context });
        await dealer.bind(stage.inproc());
        const proxy = new Proxy(router, dealer);
        const running = proxy.run();
        const workers = Array.from({ length: 3 }, () =>
          stage.thread(
            ({ Context, Reply }, line, [handle, backEnd]: [SharedArrayBuffer, string]) => {
              const reply = new Reply({ context: Context.attach(handle) });
              reply.connect(backEnd);
              let served = 0;
              try {
                for (;;) {
                  reply.sendSync(['re', ...reply.receiveSync()]);
                  served++;
                }
              } catch (error) {
                line.post([(error as { code: string }).code, served]);
              }
              reply.close();
            },
            [context.handle, dealer.lastEndpoint!],
          ),
        );
        const clients = Array.from({ length: 4 }, (_, number) =>
          stage.thread(
            (
              { Context, Request },
              line,
              [handle, frontEnd, name]: [SharedArrayBuffer, string, number],
            ) => {
              const request = new Request({ context: Context.attach(handle) });
              request.connect(frontEnd);
              const wrong: string[] = [];
              for (let i = 0; i < 250; i++) {
                request.sendSync([`${name}`, `${i}`]);
                const reply = request.receiveSync().join();
                if (reply !== `re,${name},${i}`) wrong.push(reply);
              }
              line.post(wrong);
              request.close();
            },
            [context.handle, router.lastEndpoint!, number],
          ),
        );
        for (const client of clients) expect(await client.next()).to.deep.equal([]);
        proxy.terminate();
        await running;
        expect(proxy.dropped).to.equal(0);
        const ended = context.destroy();
        let served = 0;
        for (const worker of workers) {
          const [code, count] = await worker.next<[string, number]>();
          expect(code).to.equal('ETERM');
          served += count;
        }
        expect(served).to.equal(1000);
        await ended;
      });
    }

    it('lets neither direction starve the other', async () => {
      const [router, dealer] = [
        new Dealer({ context, receiveHighWaterMark: 0, sendHighWaterMark: 0 }),
        new Dealer({ context, receiveHighWaterMark: 0, sendHighWaterMark: 0 }),
      ];
      router.bindSync(stage.inproc());
      dealer.bindSync(stage.inproc());
      const [left, right] = [
        new Dealer({ context, receiveHighWaterMark: 0, sendHighWaterMark: 0 }),
        new Dealer({ context, receiveHighWaterMark: 0, sendHighWaterMark: 0 }),
      ];
      left.connect(router.lastEndpoint!);
      right.connect(dealer.lastEndpoint!);
      for (let i = 0; i < 5000; i++) {
        left.sendSync('to the right');
        right.sendSync('to the left');
      }
      const proxy = new Proxy(router, dealer);
      const running = proxy.run();
      const got = { left: 0, right: 0 };
      const take = async (side: 'left' | 'right', socket: Dealer): Promise<void> => {
        for (; got[side] < 5000; got[side]++) {
          await socket.receive();
          // A burst, and what the two had yet to take of the one before.
          expect(Math.abs(got.left - got.right)).to.be.at.most(2000);
        }
      };
      await Promise.all([take('left', left), take('right', right)]);
      proxy.terminate();
      await running;
    });

    it('drops what its receiver refuses for good, counts it, and goes on', async () => {
      const router = new Router({ context, mandatory: true });
      router.bindSync(stage.inproc());
      const dealer = new Dealer({ context });
      dealer.bindSync(stage.inproc());
      const client = new Dealer({ context, routingId: 'client' });
      client.connect(router.lastEndpoint!);
      const service = new Dealer({ context });
      service.connect(dealer.lastEndpoint!);
      const warnings: string[] = [];
      const warned = (warning: Error & { code?: string }): unknown =>
        warnings.push(warning.code ?? '');
      process.on('warning', warned);
      stage.atEnd(() => process.off('warning', warned));
      const proxy = new Proxy(router, dealer);
      const running = proxy.run();
      await client.send('request');
      const [id] = await service.receive();
      await service.send(['nobody', 'reply']);
      await service.send(['nobody either', 'reply']);
      await service.send([id!, 'reply']);
      expect((await client.receive()).map(String)).to.deep.equal(['reply']);
      expect(proxy.dropped).to.equal(2);
      // Warnings are emitted when the code that gave rise to them is done.
      await new Promise((resolve) => setImmediate(resolve));
      expect(warnings.filter((code) => code === 'LOOMWIRE_PROXY_DROPPED').length).to.equal(1);
      proxy.terminate();
      await running;
    });

    it('passes on what its envelope makes too long for a pipe, and survives what a ROUTER refuses', async () => {
      const tight = stage.newContext({ arenaSize: 2 ** 24 });
      const router = new Router({ context: tight });
      router.bindSync('inproc://front');
      const dealer = new Dealer({ context: tight });
      dealer.bindSync('inproc://back');
      const client = new Dealer({ context: tight });
      client.connect('inproc://front');
      const service = new Dealer({ context: tight });
      service.connect('inproc://back');
      const proxy = new Proxy(router, dealer);
      const running = proxy.run();
      // The largest that a pipe holds: an eighth of the arena with its frame header.
      await client.send(Buffer.alloc(2 ** 21 - 9));
      await client.send('next');
      const [id, long] = await service.receive();
      expect(long!.length).to.equal(2 ** 21 - 9);
      expect(String((await service.receive())[1])).to.equal('next');
      expect(proxy.dropped).to.equal(0);
      // It drops for a peer without room, so it cannot wait for one.
      await service.send([id!, Buffer.alloc(2 ** 21)]);
      await service.send([id!, 'reply']);
      expect(String((await client.receive())[0])).to.equal('reply');
      expect(proxy.dropped).to.equal(1);
      proxy.terminate();
      await running;
    });
  });

  describe('of XSUB and XPUB', () => {
    let xsub: XSubscriber;
    let xpub: XPublisher;
    let publisher: XPublisher;
    let proxy: Proxy;
    let running: Promise<void>;

    beforeEach(async () => {
      xsub = new XSubscriber({ context });
      await xsub.bind('tcp://127.0.0.1:*');
      xpub = new XPublisher({ context });
      await xpub.bind(stage.inproc());
      publisher = new XPublisher({ context });
      publisher.connect(xsub.lastEndpoint!);
      const capture = new Publisher({ context });
      await capture.bind(stage.inproc());
      // A PUB that nobody listens to holds nothing up.
      proxy = new Proxy(xsub, xpub, capture);
      running = proxy.run();
    });

    const end = async (): Promise<void> => {
      proxy.terminate();
      await running;
    };

    it('brings subscriptions one way and messages the other', async () => {
      const subscribers = ['a', 'b'].map((topic) => {
        const subscriber = new Subscriber({ context });
        subscriber.connect(xpub.lastEndpoint!);
        subscriber.subscribe(topic);
        return subscriber;
      });
      const topics = [await publisher.receive(), await publisher.receive()];
      expect(topics.map(String).sort()).to.deep.equal(['\x01a', '\x01b']);
      for (const topic of ['c', 'b', 'a']) await publisher.send([topic, `for ${topic}`]);
      for (const [i, topic] of ['a', 'b'].entries()) {
        expect((await subscribers[i]!.receive()).map(String)).to.deep.equal([
          topic,
          `for ${topic}`,
        ]);
      }
      await end();
    });

    it('takes back the subscriptions of a subscriber that has left, blocked or not', async () => {
      stage.thread(({ Context, Proxy, XPublisher, XSubscriber }, line, handle) => {
        const context = Context.attach(handle);
        const xsub = new XSubscriber({ context });
        xsub.bindSync('inproc://publishers');
        const xpub = new XPublisher({ context });
        xpub.bindSync('inproc://subscribers');
        try {
          new Proxy(xsub, xpub).runSync();
        } catch {
          line.post('ended');
        }
      }, context.handle);
      const elsewhere = new XPublisher({ context });
      elsewhere.connect('inproc://publishers');
      for (const [endpoint, from] of [
        [xpub.lastEndpoint!, publisher],
        ['inproc://subscribers', elsewhere],
      ] as const) {
        const subscriber = new Subscriber({ context });
        subscriber.connect(endpoint);
        subscriber.subscribe('topic');
        expect(String(await from.receive())).to.equal('\x01topic');
        subscriber.close();
        expect(String(await from.receive())).to.equal('\x00topic');
      }
      await end();
    });
  });

  it('waits when the arena is used up, and goes on when there is memory', async () => {
    const tight = stage.newContext({ arenaSize: 2 ** 24 });
    const pull = new Pull({ context: tight });
    pull.bindSync('inproc://front');
    const push = new Push({ context: tight });
    push.bindSync('inproc://back');
    const from = new Push({ context: tight });
    from.connect('inproc://front');
    const to = new Pull({ context: tight });
    to.connect('inproc://back');
    const body = Buffer.alloc(100_000, 'x');
    from.sendSync(body);
    // Everything else is taken by pipes that nobody reads.
    const hogs: Socket[] = [];
    for (let full = false; !full;) {
      const lazy = new Pull({ context: tight });
      lazy.bindSync(`inproc://hog ${hogs.length}`);
      const hog = new Push({ context: tight, sendHighWaterMark: 0 });
      hog.connect(lazy.lastEndpoint!);
      hogs.push(lazy, hog);
      full = !hog.trySend(Buffer.alloc(60_000));
      while (hog.trySend(Buffer.alloc(60_000)));
    }
    const proxy = new Proxy(pull, push);
    const running = proxy.run();
    const received = to.receive();
    while (pull.readable) await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.dropped).to.equal(0);
    for (const hog of hogs) hog.close();
    expect((await received)[0]!.equals(body)).to.equal(true);
    proxy.terminate();
    await running;
  });
});
