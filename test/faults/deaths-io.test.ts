import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import {
  Context,
  Dealer,
  Pull,
  Push,
  Router,
  Stream,
  Subscriber,
  XPublisher,
} from '../../src/index.js';
import { type Death, system } from '../../src/actors.js';
import { Dish, Peer, Radio } from '../../src/draft.js';
import { coreOf } from '../../src/runtime/context/context.js';
import type Counter from '../actors/actors/counter.js';
import { actorFailure } from '../actors/support/actor-failure.js';
import { gate } from '../actors/support/gate.js';
import { module } from '../actors/support/systems.js';
import { Line } from '../actors/support/tasks.js';
import { othersAsleep } from '../support/asleep.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

const TASKS = module('pools/tasks');

describe('An I/O worker that dies', () => {
  const stage = useTidyStage();
  const workers: Worker[] = [];
  const started = (worker: Worker): void => void workers.push(worker);

  beforeEach(() => {
    workers.length = 0;
    process.on('worker', started);
  });
  afterEach(() => {
    process.off('worker', started);
  });

  /** Ends the context's I/O worker, once there is one. */
  async function killWorker({ context }: { readonly context: Context } = stage): Promise<void> {
    for (;;) {
      const [id] = coreOf(context).ioThreadIds();
      const worker = workers.find(({ threadId }) => threadId === id);
      if (worker !== undefined) {
        await worker.terminate();
        return;
      }
      await setImmediate();
    }
  }

  for (const transport of ['tcp', 'ipc'] as const) {
    it(`is replaced: over ${transport} binds rebind and connects reconnect`, async () => {
      const { context } = stage;
      const [pull, push] = [new Pull({ context }), new Push({ context })];
      await pull.bind(stage.wildcard(transport));
      const endpoint = pull.lastEndpoint!;
      push.connect(endpoint);
      const elsewhere = stage.newContext();
      const stranger = new Push({ context: elsewhere, reconnectInterval: 1 });
      const { events } = stranger;
      stranger.connect(endpoint);
      const until = async (type: string): Promise<void> => {
        while ((await events.receive()).type !== type);
      };
      await until('handshake');
      for (let death = 0; death < 3; death++) {
        await push.send('ours');
        expect(String(await pull.receive())).to.equal('ours');
        await killWorker();
        // Through connections that were made after the death: what was sent before may be lost.
        await push.send('ours again');
        expect(String(await pull.receive())).to.equal('ours again');
        // As a peer in another process would, it finds the endpoint where it was.
        await until('disconnect');
        await until('handshake');
        await stranger.send('a stranger’s');
        expect(String(await pull.receive())).to.equal('a stranger’s');
      }
      await pull.unbind(endpoint);
      push.disconnect(endpoint);
    });
  }

  it('is replaced for those who block', async () => {
    const { context } = stage;
    const receiver = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const pull = new Pull({ context: Context.attach(handle) });
      pull.bindSync('tcp://127.0.0.1:*');
      line.post(pull.lastEndpoint);
      line.post(String(pull.receiveSync()));
      pull.close();
    }, context.handle);
    const endpoint = await receiver.next<string>();
    await othersAsleep(context);
    await killWorker();
    const push = new Push({ context, reconnectInterval: 1 });
    push.connect(endpoint);
    await push.send('after');
    expect(await receiver.next()).to.equal('after');
    await receiver.ended;
  });

  for (const binder of ['publisher', 'subscriber'] as const) {
    it(`loses no subscription, when the ${binder} binds`, async () => {
      const { context } = stage;
      const publisher = new XPublisher({ context });
      const subscriber = new Subscriber({ context });
      subscriber.subscribe('A');
      const [bound, other] =
        binder === 'publisher' ? [publisher, subscriber] : [subscriber, publisher];
      await bound.bind('tcp://127.0.0.1:*');
      other.connect(bound.lastEndpoint!);
      expect(String(await publisher.receive())).to.equal('\x01A');
      await killWorker();
      // Its peer has gone, and has come back.
      expect(String(await publisher.receive())).to.equal('\0A');
      expect(String(await publisher.receive())).to.equal('\x01A');
      await publisher.send('A message');
      expect(String(await subscriber.receive())).to.equal('A message');
    });
  }

  it('is replaced for a connect with immediate', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, immediate: true });
    push.connect(pull.lastEndpoint!);
    await push.send('before');
    expect(String(await pull.receive())).to.equal('before');
    await killWorker();
    await push.send('after');
    expect(String(await pull.receive())).to.equal('after');
  });

  it('is followed by a warning when its successor cannot bind what it had bound', async () => {
    const { context } = stage;
    const folder = mkdtempSync(join(tmpdir(), 'loomwire-test-'));
    const endpoint = `ipc://${join(folder, 'path')}`;
    const pull = new Pull({ context });
    await pull.bind(endpoint);
    rmSync(folder, { recursive: true });
    const warned = once(process, 'warning');
    await killWorker();
    const [warning] = (await warned) as [Error & { code?: string }];
    expect(warning.code).to.equal('LOOMWIRE_REBIND_FAILED');
    expect(warning.message).to.include(endpoint);
    // It is bound there no longer.
    failureNow('ENOENT', () => pull.unbindSync(endpoint));
  });

  it('is replaced for a peer that a ROUTER has named, under the same name', async () => {
    const { context } = stage;
    const dealer = new Dealer({ context });
    await dealer.bind('tcp://127.0.0.1:*');
    const router = new Router({ context, mandatory: true });
    router.connect(dealer.lastEndpoint!, { routingId: 'peer' });
    await router.send(['peer', 'before']);
    expect(String(await dealer.receive())).to.equal('before');
    await killWorker();
    while (!router.writable) await setImmediate();
    await router.send(['peer', 'after']);
    expect(String(await dealer.receive())).to.equal('after');
  });

  it('takes the connections of STREAMs along, which hear of it once, and connect again under the same name', async () => {
    const { context } = stage;
    const server = new Stream({ context });
    await server.bind('tcp://127.0.0.1:*');
    const client = new Stream({ context, reconnectInterval: 1 });
    client.connect(server.lastEndpoint!, { routingId: 'server' });
    const stands = await server.receive();
    await client.send(['server', 'before']);
    expect((await server.receive()).map(String)).to.deep.equal([String(stands[0]), 'before']);
    expect((await client.receive()).map(String)).to.deep.equal(['server', '']);
    await killWorker();
    // Gone, and there again.
    expect(await server.receive()).to.deep.equal(stands);
    const again = await server.receive();
    expect(again[1]).to.have.lengthOf(0);
    expect(again[0].equals(stands[0])).to.equal(false);
    expect((await client.receive()).map(String)).to.deep.equal(['server', '']);
    expect((await client.receive()).map(String)).to.deep.equal(['server', '']);
    await client.send(['server', 'after']);
    expect((await server.receive()).map(String)).to.deep.equal([String(again[0]), 'after']);
  });

  it('is replaced for a peer that a PEER is connected to, under the same number', async () => {
    const { context } = stage;
    const [bound, connected] = [new Peer({ context }), new Peer({ context })];
    await bound.bind('tcp://127.0.0.1:*');
    const routingId = connected.connectPeer(bound.lastEndpoint!);
    await connected.send('before', { routingId });
    expect(String((await bound.receive())[0])).to.equal('before');
    await killWorker();
    // Until another worker has taken over, there is nobody of that number.
    for (let sent = false; !sent; await setImmediate()) {
      try {
        sent = connected.trySend('after', { routingId });
      } catch (error) {
        expect(error).to.include({ code: 'EHOSTUNREACH' });
      }
    }
    const [body, from] = await bound.receive();
    expect(String(body)).to.equal('after');
    await bound.send('back', from);
    expect(await connected.receive()).to.deep.equal([Buffer.from('back'), { routingId }]);
  });

  it('loses no group, when the DISH binds', async () => {
    const { context } = stage;
    const [dish, radio] = [new Dish({ context }), new Radio({ context })];
    dish.join('group');
    await dish.bind('tcp://127.0.0.1:*');
    radio.connect(dish.lastEndpoint!);
    const heard = async (text: string): Promise<void> => {
      for (let body = ''; body !== text; await setImmediate()) {
        radio.trySend(text, { group: 'group' });
        body = String(dish.tryReceive()?.[0]);
      }
    };
    await heard('before');
    await killWorker();
    await heard('after');
  });

  for (const whose of ['a reference', 'an actor and its reference']) {
    it(`fails at once what was asked of an actor, and is replaced for what comes: ${whose} had it`, async () => {
      await using here = await system({ context: stage.context, warm: 0 });
      const blocked = gate();
      const actor = await here.spawn<typeof Counter>(module('actors/counter'), {
        at: 'tcp://127.0.0.1:*',
        data: blocked.buffer,
      });
      const context = whose === 'a reference' ? stage.newContext() : stage.context;
      await using there = await system({ context, warm: 0 });
      const ref = there.ref<typeof Counter>(actor.endpoint, { hwm: { messages: 2 } });
      const death = new Promise<Death>((resolve) => ref.watch(resolve));
      await ref.tell('wait', null);
      await blocked.waits(1);
      const timeout = Infinity;
      const asked = actorFailure('ERR_ACTOR_UNREACHABLE', ref.ask('count', null, { timeout }));
      await ref.tell('add', 1);
      // There is no room for another, and what has died will never say that there is.
      const waits = ref.tell('add', 1);
      await killWorker({ context });
      await asked;
      await waits;
      blocked.open();
      expect(await ref.ask('count', null)).to.be.greaterThan(0);
      // The mailbox knows it again.
      await actorFailure('ERR_ACTOR_DIED', ref.ask('leave', 3));
      expect((await death).reason).to.deep.equal({ kind: 'exit', exitCode: 3 });
    });
  }

  it('loses no item of a pipeline with retry whose stage is elsewhere', async () => {
    const line = new Line();
    await using here = await system({ context: stage.context, warm: 0 });
    const context = stage.newContext();
    await using there = await system({ context, warm: 0 });
    const served = await here.serveStage('tcp://127.0.0.1:*', TASKS, { threads: 2, task: 'wait' });
    const running = there
      .pipeline()
      .source([line.channel])
      .stage(TASKS, { at: served.endpoint, retry: 1 })
      .sink(() => undefined)
      .run();
    await line.begun(1);
    await killWorker({ context });
    await line.begun(2);
    line.goOn();
    expect((await running).delivered).to.equal(1);
    line.close();
  });

  it('takes its connections along, and nothing else: inproc goes on', async () => {
    const { context } = stage;
    const [pull, inproc] = [new Pull({ context }), new Push({ context })];
    await pull.bind('inproc://goes on');
    inproc.connect('inproc://goes on');
    await pull.bind('tcp://127.0.0.1:*');
    await killWorker();
    await inproc.send('over inproc');
    expect(String(await pull.receive())).to.equal('over inproc');
  });

  it('is reported with what lay in its pipes: dropped', async () => {
    const { context } = stage;
    const push = new Push({ context, linger: 0 });
    push.connect(await stage.freeEndpoint());
    for (let i = 0; i < 5; i++) await push.send(Buffer.alloc(2000 * i));
    await killWorker();
    await push.send('into the new pipe');
    const { sockets } = await context.destroy();
    const sum = (what: 'flushed' | 'dropped'): number =>
      sockets.reduce((total, socket) => total + socket[what], 0);
    expect([sum('flushed'), sum('dropped')]).to.deep.equal([0, 6]);
  });

  it('is replaced until there were sixteen: EMTHREAD from then on', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    for (let deaths = 1; deaths <= 16; deaths++) {
      await killWorker();
    }
    expect(workers.length).to.equal(16);
    await failure('EMTHREAD', () => pull.bind('tcp://127.0.0.1:*'));
    const push = new Push({ context });
    failureNow('EMTHREAD', () => push.connect('tcp://127.0.0.1:5555'));
    for (const socket of [pull, push]) socket.close();
    await context.terminate();
  });

  it('leaves no bind unanswered', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const dying = workers[0]!.terminate();
    // Posted while nobody knows yet.
    await failure('EMTHREAD', () => pull.bind('tcp://127.0.0.1:*'));
    await dying;
    pull.close();
    await context.terminate();
  });

  it('has its successor say what happens to its endpoints', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    expect((await events.receive()).type).to.equal('bind');
    await killWorker();
    // The new one's.
    expect((await events.receive()).type).to.equal('bind');
    pull.close();
    const types = [];
    for await (const { type } of events) types.push(type);
    expect(types.at(-1)).to.equal('end');
    await context.terminate();
  });

  it('leaves those alone that another one serves', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const pulls = [new Pull({ context }), new Pull({ context })];
    for (const pull of pulls) await pull.bind('tcp://127.0.0.1:*');
    await workers[1]!.terminate();
    for (let i = 0; i < 4; i++) {
      const push = new Push({ context });
      push.connect(pulls[0]!.lastEndpoint!);
      await push.send(`${i}`);
      expect(String(await pulls[0]!.receive())).to.equal(`${i}`);
      push.close();
    }
    for (const pull of pulls) pull.close();
    await context.terminate();
  });

  it('with the context’s creator ends the context: ETERM for everyone', async () => {
    const creator = stage.thread(async ({ Context, Pull }, line) => {
      const context = new Context({ arenaSize: 2 ** 24 });
      const pull = new Pull({ context });
      await pull.bind('inproc://creator');
      line.post(context.handle);
      await line.next();
    });
    const context = Context.attach(await creator.next<SharedArrayBuffer>());
    const push = new Push({ context, sendHighWaterMark: 1 });
    push.connect('inproc://creator');
    await push.send('first');
    const pull = new Pull({ context });
    const received = failure('ETERM', () => pull.receive());
    await creator.kill();
    await received;
    failureNow('ETERM', () => push.trySend('late'));
    while (context.stats().sockets.length > 0) await setImmediate();
    // Nobody has closed the sockets, though they hold nothing of the context any more.
    expect([push.closed, push.writable]).to.deep.equal([false, false]);
    failureNow('ETERM', () => push.trySend('later'));
    failureNow('ETERM', () => push.connect('tcp://127.0.0.1:5555'));
    failureNow('ETERM', () => push.events);
    await failure('ETERM', () => pull.receive());
    await failure('ETERM', () => pull[Symbol.asyncIterator]().next());
    await context.terminate();
    failureNow('ETERM', () => push.trySend('after the end'));
    for (const socket of [push, pull]) socket.close();
    failureNow('EBADF', () => push.trySend('closed'));
  });
});
