import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import {
  Dealer,
  proxyThread,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Subscriber,
  type Context,
  type ProxyEnd,
  type ProxyThread,
} from '../../src/index.js';
import { joinedSlots, othersAsleep } from '../support/asleep.js';
import type { ProcessElsewhere } from '../support/elsewhere.js';
import { failure } from '../support/expect-error.js';
import { nothingRemains } from '../support/remains.js';
import { useTidyStage, type Transport } from '../support/stage.js';

describe('A proxy in a thread of its own', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  const streaming = (transport: Transport, options = {}): { front: ProxyEnd; back: ProxyEnd } => ({
    front: { type: 'PULL', bind: stage.wildcard(transport), options },
    back: { type: 'PUSH', bind: stage.wildcard(transport), options },
  });

  /** A PUSH before the proxy, and a PULL behind it. */
  function joined(proxy: ProxyThread): { source: Push; sink: Pull } {
    const source = new Push({ context });
    source.connect(proxy.frontEnd.lastEndpoint!);
    const sink = new Pull({ context });
    sink.connect(proxy.backEnd.lastEndpoint!);
    return { source, sink };
  }

  async function move(source: Push, sink: Pull, count: number): Promise<void> {
    const received = (async () => {
      for (let i = 0; i < count; i++) {
        expect((await sink.receive()).map(String)).to.deep.equal([`${i}`, 'second part']);
      }
    })();
    for (let i = 0; i < count; i++) await source.send([`${i}`, 'second part']);
    await received;
  }

  /** The thread that the next proxy gets. */
  async function nextThread(): Promise<Worker> {
    const [worker] = (await once(process, 'worker')) as [Worker];
    return worker;
  }

  /** Codes of the warnings of this process from now on. */
  function warnings(): string[] {
    const codes: string[] = [];
    const warned = (warning: Error & { code?: string }): unknown => codes.push(warning.code ?? '');
    process.on('warning', warned);
    stage.atEnd(() => process.off('warning', warned));
    return codes;
  }

  for (const transport of ['inproc', 'tcp'] as const) {
    it(`moves requests and replies over ${transport}, and says where it is`, async () => {
      await using proxy = await proxyThread({
        front: { type: 'ROUTER', bind: stage.wildcard(transport) },
        back: { type: 'DEALER', bind: stage.wildcard(transport) },
        context,
      });
      expect([proxy.frontEnd.type, proxy.backEnd.type]).to.deep.equal(['ROUTER', 'DEALER']);
      for (const { endpoints, lastEndpoint } of [proxy.frontEnd, proxy.backEnd]) {
        expect(endpoints).to.deep.equal([lastEndpoint]);
        expect(lastEndpoint).to.match(/^(inproc:\/\/name|tcp:\/\/127\.0\.0\.1:)[\d ]+$/);
      }
      expect([proxy.captureEnd, proxy.controlEnd]).to.deep.equal([undefined, undefined]);
      const service = new Reply({ context });
      service.connect(proxy.backEnd.lastEndpoint!);
      const served = (async () => {
        for (let i = 0; i < 300; i++) await service.send(['re', ...(await service.receive())]);
      })();
      await Promise.all(
        ['a', 'b', 'c'].map(async (name) => {
          const client = new Request({ context });
          client.connect(proxy.frontEnd.lastEndpoint!);
          for (let i = 0; i < 100; i++) {
            await client.send([name, `${i}`]);
            expect((await client.receive()).map(String)).to.deep.equal(['re', name, `${i}`]);
          }
        }),
      );
      await served;
    });
  }

  it('is there for the thread that has started it, too, while that one blocks', async () => {
    await using proxy = await proxyThread({ ...streaming('inproc'), context });
    const { source, sink } = joined(proxy);
    for (let i = 0; i < 3000; i++) {
      source.sendSync(`${i}`);
      expect(String(sink.receiveSync())).to.equal(`${i}`);
    }
  });

  it('makes its sockets as they are described', async () => {
    const news = new Publisher({ context });
    news.bindSync(stage.inproc());
    const log = new Pull({ context });
    log.bindSync(stage.inproc());
    await using proxy = await proxyThread({
      front: { type: 'SUB', connect: news.lastEndpoint!, subscribe: ['a', 'c'] },
      back: { type: 'PUB', bind: [stage.inproc(), 'tcp://127.0.0.1:*'] },
      capture: { type: 'PUSH', connect: log.lastEndpoint!, options: { linger: 0 } },
      context,
    });
    const [first, second] = proxy.backEnd.endpoints;
    expect(second).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(proxy.captureEnd).to.deep.include({ type: 'PUSH', lastEndpoint: log.lastEndpoint });
    const reader = new Subscriber({ context });
    reader.subscribe('');
    reader.connect(first!);
    reader.connect(second!);
    // Until it has heard both, its subscriptions are on their way.
    const heard = new Set<string>();
    for (let i = 0; heard.size < 2; i++) {
      for (const topic of ['a', 'b', 'c']) await news.send([topic, `${i}`]);
      for (const topic of ['a', 'c']) expect(String((await log.receive())[0])).to.equal(topic);
      for (;;) {
        const message = reader.tryReceive();
        if (message === undefined) break;
        heard.add(String(message[0]));
      }
      await nextTurn();
    }
    expect([...heard].sort()).to.deep.equal(['a', 'c']);
  });

  describe('is steered by the thread that has started it', () => {
    it('with pause and resume', async () => {
      await using proxy = await proxyThread({ ...streaming('inproc'), context });
      const { source, sink } = joined(proxy);
      await proxy.pause();
      await source.send('held up');
      await othersAsleep(context);
      expect(sink.tryReceive()).to.equal(undefined);
      await proxy.resume();
      expect(String(await sink.receive())).to.equal('held up');
    });

    it('with several orders at once', async () => {
      await using proxy = await proxyThread({ ...streaming('inproc'), context });
      const { source, sink } = joined(proxy);
      await Promise.all(
        Array.from({ length: 20 }, () => [proxy.pause(), proxy.statistics()]).flat(),
      );
      await proxy.resume();
      await move(source, sink, 10);
    });

    it('by asking what it has moved, and what it moved in all', async () => {
      const proxy = await proxyThread({ ...streaming('inproc'), context });
      const { source, sink } = joined(proxy);
      await move(source, sink, 100);
      const { frontEnd, backEnd, dropped } = await proxy.statistics();
      // Two digits but for ten of them, and the second part.
      const bytes = 190 + 100 * 'second part'.length;
      expect(frontEnd).to.include({ messagesReceived: 100 });
      expect(frontEnd).to.include({ bytesReceived: bytes, messagesSent: 0 });
      expect(backEnd).to.include({ messagesSent: 100, bytesSent: bytes });
      expect(dropped).to.equal(0);
      await proxy.terminate();
      expect(await proxy.statistics()).to.deep.equal({ frontEnd, backEnd, dropped });
    });

    it('with terminate, after which nothing is left of it', async () => {
      const proxy = await proxyThread({ ...streaming('tcp'), context });
      const running = proxy.run();
      await proxy.terminate();
      await running;
      await proxy.run();
      for (const call of [() => proxy.pause(), () => proxy.resume(), () => proxy.terminate()]) {
        await failure('EBADF', call);
      }
      const again = new Pull({ context });
      for (const end of [proxy.frontEnd, proxy.backEnd]) await again.bind(end.lastEndpoint!);
      await nothingRemains(context);
    });

    it('though it has a control socket of its own', async () => {
      const proxy = await proxyThread({
        ...streaming('inproc'),
        control: { type: 'REP', bind: stage.inproc() },
        context,
      });
      const steer = new Request({ context });
      steer.connect(proxy.controlEnd!.lastEndpoint!);
      await steer.send('STATISTICS');
      expect(await steer.receive()).to.have.length(8);
      await proxy.pause();
      await steer.send('RESUME');
      await steer.receive();
      const { source, sink } = joined(proxy);
      await move(source, sink, 10);
      await steer.send('TERMINATE');
      await proxy.run();
    });

    it('and obeys nobody’s order for another proxy', async () => {
      const proxy = await proxyThread({ ...streaming('inproc'), context });
      // As if it had been sent to one before it that had the same place.
      const late = new Request({ context });
      late.connect(`inproc://loomwire.proxy.${joinedSlots(context)[0]!}`);
      await late.send(['another thread’s', 'TERMINATE']);
      expect((await late.receive()).map(String)).to.deep.equal(['']);
      expect((await proxy.statistics()).dropped).to.equal(1);
      await proxy.terminate();
    });
  });

  it('warns in the thread that has started it, once, that it drops', async () => {
    const codes = warnings();
    await using proxy = await proxyThread({
      front: { type: 'ROUTER', bind: stage.inproc(), options: { mandatory: true } },
      back: { type: 'DEALER', bind: stage.inproc() },
      context,
    });
    const client = new Dealer({ context, routingId: 'client' });
    client.connect(proxy.frontEnd.lastEndpoint!);
    const service = new Dealer({ context });
    service.connect(proxy.backEnd.lastEndpoint!);
    await client.send('request');
    await service.receive();
    for (const id of ['nobody', 'nobody', 'client']) await service.send([id, 'reply']);
    await client.receive();
    expect((await proxy.statistics()).frontEnd).to.include({ dropped: 2, messagesSent: 1 });
    while (codes.length === 0) await nextTurn();
    await proxy.terminate();
    expect(codes).to.deep.equal(['LOOMWIRE_PROXY_DROPPED']);
  });

  describe('holds up the senders of a slow receiver, and loses nothing', () => {
    /** Much more than kernel buffers and rings between the two ends hold. */
    const MESSAGES = 6000;
    const body = Buffer.alloc(32 * 1024, 'x');

    for (const transport of ['inproc', 'tcp'] as const) {
      it(`over ${transport}`, async () => {
        await using proxy = await proxyThread({
          front: {
            type: 'PULL',
            bind: stage.wildcard(transport),
            options: { receiveHighWaterMark: 10 },
          },
          back: {
            type: 'PUSH',
            bind: stage.wildcard(transport),
            options: { sendHighWaterMark: 10 },
          },
          context,
        });
        const source = new Push({ context, sendHighWaterMark: 10, sendTimeout: 300 });
        source.connect(proxy.frontEnd.lastEndpoint!);
        const sink = new Pull({ context, receiveHighWaterMark: 10 });
        sink.connect(proxy.backEnd.lastEndpoint!);
        let sent = 0;
        await failure('EAGAIN', async () => {
          for (; sent < MESSAGES; sent++) await source.send([`${sent}`, body]);
        });
        source.sendTimeout = -1;
        const rest = (async () => {
          for (let i = sent; i < MESSAGES; i++) await source.send([`${i}`, body]);
        })();
        for (let i = 0; i < MESSAGES; i++) {
          const [number, received] = await sink.receive();
          expect([String(number), received!.length]).to.deep.equal([`${i}`, body.length]);
        }
        await rest;
        const { frontEnd, backEnd } = await proxy.statistics();
        expect(frontEnd.messagesReceived).to.equal(MESSAGES);
        expect(backEnd).to.include({ messagesSent: MESSAGES, dropped: 0 });
      });
    }
  });

  describe('cannot start', () => {
    afterEach(() => nothingRemains(context));

    it('at an endpoint that is taken: EADDRINUSE, with the endpoint', async () => {
      const taken = new Pull({ context });
      await taken.bind('tcp://127.0.0.1:*');
      const endpoint = taken.lastEndpoint!;
      const front = await stage.freeEndpoint();
      const error = await failure('EADDRINUSE', () =>
        proxyThread({
          front: { type: 'PULL', bind: front },
          back: { type: 'PUSH', bind: endpoint },
          context,
        }),
      );
      expect(error.address).to.equal(endpoint);
      // What it had bound before is free again.
      await new Pull({ context }).bind(front);
    });

    it('at what is no endpoint, or with what is no option or no pair of sockets', async () => {
      const { front, back } = streaming('inproc');
      const start = (changes: object) => () => proxyThread({ front, back, context, ...changes });
      await failure('EINVAL', start({ front: { type: 'PULL', bind: 'nowhere' } }));
      await failure('EPROTONOSUPPORT', start({ front: { type: 'PULL', bind: 'pigeon://x' } }));
      await failure('EINVAL', start({ back: { type: 'PULL', bind: stage.inproc() } }));
      await failure('EINVAL', start({ back: { type: 'PUSH' } }));
      const wrong = [
        { front: undefined },
        { front: { type: 'STREAM', bind: stage.inproc() } },
        { front: { type: 'PULL', bind: stage.inproc(), options: { sendTimeout: 1 } } },
        { front: { type: 'PULL', bind: stage.inproc(), subscribe: 'a' } },
      ];
      for (const changes of wrong) {
        let thrown: unknown;
        await start(changes)().catch((error: unknown) => (thrown = error));
        expect(thrown).to.be.instanceOf(TypeError);
      }
    });

    it('when the context is shut down: ETERM', async () => {
      context.shutdown();
      await failure('ETERM', () => proxyThread({ ...streaming('inproc'), context }));
    });

    it('when its thread dies: EMTHREAD', async () => {
      const thread = nextThread();
      const starting = failure('EMTHREAD', () => proxyThread({ ...streaming('inproc'), context }));
      await (await thread).terminate();
      await starting;
    });
  });

  describe('ends', () => {
    it('with its context, which it does not hold', async () => {
      const proxy = await proxyThread({ ...streaming('tcp'), context });
      const running = failure('ETERM', () => proxy.run());
      await context.terminate();
      await running;
      await failure('ETERM', () => proxy.pause());
      expect((await proxy.statistics()).dropped).to.equal(0);
      await proxy[Symbol.asyncDispose]();
    });

    it('with its context, and warns of nothing', async () => {
      const codes = warnings();
      const thread = nextThread();
      await proxyThread({ ...streaming('inproc'), context });
      const gone = once(await thread, 'exit');
      context.shutdown();
      await gone;
      await nextTurn();
      expect(codes).to.deep.equal([]);
    });

    it('when its thread dies: EMTHREAD for those who wait and all who come', async () => {
      const thread = nextThread();
      const proxy = await proxyThread({ ...streaming('inproc'), context });
      const { source, sink } = joined(proxy);
      await move(source, sink, 10);
      const waiting = failure('EMTHREAD', () => proxy.run());
      await (await thread).terminate();
      await waiting;
      for (const call of [
        () => proxy.run(),
        () => proxy.pause(),
        () => proxy.statistics(),
        () => proxy[Symbol.asyncDispose](),
      ]) {
        await failure('EMTHREAD', call);
      }
      // Nobody else is harmed.
      await nothingRemains(context);
      const other = await proxyThread({ ...streaming('inproc'), context });
      const ends = joined(other);
      await move(ends.source, ends.sink, 10);
      await other.terminate();
    });

    it('when its thread dies, which is warned of if nobody waits', async () => {
      const codes = warnings();
      const thread = nextThread();
      await proxyThread({ ...streaming('inproc'), context });
      await (await thread).terminate();
      while (codes.length === 0) await nextTurn();
      expect(codes).to.deep.equal(['EMTHREAD']);
    });

    it('with the thread that has started it', async () => {
      const thread = stage.thread(
        async (
          { Context, proxyThread },
          line,
          [handle, front, back]: [SharedArrayBuffer, string, string],
        ) => {
          await proxyThread({
            front: { type: 'PULL', bind: front },
            back: { type: 'PUSH', bind: back },
            context: Context.attach(handle),
          });
          line.post('started');
          await line.next();
        },
        [context.handle, stage.inproc(), stage.inproc()],
      );
      expect(await thread.next()).to.equal('started');
      thread.post('end');
      await thread.ended;
      await nothingRemains(context);
    });
  });

  it('does not keep the process alive, but those do who wait for it', async () => {
    const start = (waits: boolean): ProcessElsewhere =>
      stage.process(async ({ proxyThread }, line, waits: boolean) => {
        const proxy = await proxyThread({
          front: { type: 'PULL', bind: 'tcp://127.0.0.1:*' },
          back: { type: 'PUSH', bind: 'inproc://back' },
          control: { type: 'REP', bind: 'tcp://127.0.0.1:*' },
        });
        line.post(proxy.controlEnd!.lastEndpoint);
        if (!waits) return;
        await proxy.run();
        line.post('over');
      }, waits);
    const alone = start(false);
    await alone.next();
    expect(await alone.ended).to.include({ code: 0, stderr: '' });
    const awaited = start(true);
    const steer = new Request({ context });
    steer.connect(await awaited.next<string>());
    await steer.send('TERMINATE');
    await steer.receive();
    expect(await awaited.next()).to.equal('over');
    expect(await awaited.ended).to.include({ code: 0, stderr: '' });
  });
});
