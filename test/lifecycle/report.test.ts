import { threadId } from 'node:worker_threads';
import { expect } from 'chai';
import {
  ioStatistics,
  Pull,
  Push,
  Subscriber,
  XPublisher,
  type Context,
  type SocketReport,
  type TerminateReport,
} from '../../src/index.js';
import { failure } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('The report of a context’s end', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  function only({ sockets }: TerminateReport, type: string): SocketReport {
    const found = sockets.filter((socket) => socket.type === type);
    expect(found).to.have.lengthOf(1);
    return found[0]!;
  }

  /** A PUSH that has sent ten messages to an endpoint where nobody listens, and an I/O worker that serves it. */
  async function unheardPush(linger: number): Promise<Push> {
    const push = new Push({ context, linger });
    push.connect(await stage.freeEndpoint());
    for (let i = 0; i < 10; i++) await push.send([`${i}`, 'of ten']);
    // Commands are carried out in order, and this one leaves nothing behind.
    const pull = new Pull({ context });
    await failure('EADDRNOTAVAIL', () => pull.bind('tcp://203.0.113.1:*'));
    pull.close();
    return push;
  }

  it('is empty where nothing was left', async () => {
    expect(await context.terminate()).to.deep.equal({
      complete: true,
      holders: [],
      sockets: [],
      unlisted: 0,
    });
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`lists what was flushed, over ${transport}`, async () => {
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 7; i++) await push.send('message');
      for (let i = 0; i < 7; i++) await pull.receive();
      const endpoints = [pull.lastEndpoint!];
      const report = await context.destroy();
      const ended = { threadId, endpoints, dropped: 0, held: 0, heldBy: [] };
      expect(report).to.deep.equal({
        complete: true,
        holders: [],
        sockets: [
          { type: 'PULL', flushed: 0, ...ended },
          { type: 'PUSH', flushed: 7, ...ended },
        ],
        unlisted: 0,
      });
    });
  }

  it('lists what linger gave up as dropped', async () => {
    const push = await unheardPush(30);
    push.close();
    const report = await context.terminate();
    expect(report.complete).to.equal(true);
    expect(only(report, 'PUSH')).to.deep.include({ flushed: 0, dropped: 10, held: 0, heldBy: [] });
  });

  it('lists what a timeout gave up as held, and the I/O worker that held it', async () => {
    const push = await unheardPush(-1);
    const [io] = await ioStatistics(context);
    push.close();
    const report = await context.terminate({ timeout: 20 });
    expect(report.complete).to.equal(false);
    const socket = only(report, 'PUSH');
    expect(socket).to.deep.include({ flushed: 0, dropped: 0, held: 10, heldBy: [io!.threadId] });
    expect(report.holders).to.deep.equal([
      { threadId: io!.threadId, with: 'connections', count: 1 },
    ]);
  });

  it('lists what a peer took before the timeout, and what it did not', async () => {
    const pull = new Pull({ context: stage.newContext() });
    await pull.bind('tcp://127.0.0.1:*');
    const push = await unheardPush(-1);
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 6; i++) await push.send('message');
    // They are dealt out: three to the peer that is there.
    for (let i = 0; i < 3; i++) await pull.receive();
    push.close();
    const report = await context.terminate({ timeout: 20 });
    expect(only(report, 'PUSH')).to.include({ flushed: 3, dropped: 0, held: 13 });
  });

  it('lists a socket that its thread has left open, and the thread', async () => {
    const thread = stage.thread(async ({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const { threadId } = await import('node:worker_threads');
      const pull = new Pull({ context: Context.attach(handle) });
      await pull.bind('inproc://left open');
      line.post(threadId);
      await pull.receive().catch(() => line.post('noticed'));
      await line.next();
    }, context.handle);
    const holder = await thread.next<number>();
    context.shutdown();
    expect(await thread.next()).to.equal('noticed');
    const report = await context.terminate({ timeout: 20 });
    expect(only(report, 'PULL')).to.deep.include({
      threadId: holder,
      endpoints: ['inproc://left open'],
      heldBy: [holder],
    });
    expect(report.holders).to.deep.include({ threadId: holder, with: 'sockets', count: 1 });
    thread.post('end');
  });

  it('names a thread that computes, and has noticed nothing', async () => {
    const turn = new Int32Array(new SharedArrayBuffer(4));
    const argument = { handle: context.handle, turn };
    const thread = stage.thread(
      async ({ Context, Pull }, line, { handle, turn }: typeof argument) => {
        const { threadId } = await import('node:worker_threads');
        const context = Context.attach(handle);
        const pulls = [new Pull({ context }), new Pull({ context })];
        line.post(threadId);
        while (Atomics.load(turn, 0) === 0);
        line.post(pulls.length);
      },
      argument,
    );
    const holder = await thread.next<number>();
    const report = await context.terminate({ timeout: 20 });
    Atomics.store(turn, 0, 1);
    expect(report).to.deep.equal({
      complete: false,
      holders: [{ threadId: holder, with: 'sockets', count: 2 }],
      sockets: [],
      unlisted: 0,
    });
    await thread.next();
  });

  it('counts what a thread sent that has ended', async () => {
    const endpoint = await stage.freeEndpoint();
    const argument = { handle: context.handle, endpoint };
    const thread = stage.thread(async ({ Context, Push }, line, to: typeof argument) => {
      const { threadId } = await import('node:worker_threads');
      const push = new Push({ context: Context.attach(to.handle), linger: -1 });
      push.connect(to.endpoint);
      for (let i = 0; i < 5; i++) await push.send('message');
      line.post(threadId);
    }, argument);
    const sender = await thread.next<number>();
    await thread.ended;
    const socket = only(await context.terminate({ timeout: 20 }), 'PUSH');
    expect(socket).to.include({ threadId: sender, flushed: 0, dropped: 0, held: 5 });
    expect(socket.endpoints).to.deep.equal([endpoint]);
  });

  it('counts a message once for each peer that it went to, and signals never', async () => {
    // An XPUB hears of every topic that is new, so that nobody misses anything.
    const publisher = new XPublisher({ context });
    await publisher.bind('tcp://127.0.0.1:*');
    const subscribers: Subscriber[] = [];
    for (const topic of ['m', 'message ']) {
      const subscriber = new Subscriber({ context });
      subscriber.subscribe(topic);
      subscriber.connect(publisher.lastEndpoint!);
      expect(String(await publisher.receive())).to.equal(`\x01${topic}`);
      subscribers.push(subscriber);
    }
    for (let i = 0; i < 10; i++) await publisher.send(`message ${i}`);
    for (const subscriber of subscribers) {
      for (let i = 0; i < 10; i++) {
        expect(String(await subscriber.receive())).to.equal(`message ${i}`);
      }
    }
    const report = await context.destroy();
    expect(only(report, 'XPUB')).to.include({ flushed: 20, dropped: 0, held: 0 });
    for (const socket of report.sockets)
      if (socket.type === 'SUB') expect(socket.flushed).to.equal(0);
  });

  it('counts as dropped what was sent to an inproc name that nobody has bound', async () => {
    const push = new Push({ context });
    push.connect(stage.inproc());
    await push.send('message');
    expect(only(await context.destroy(), 'PUSH')).to.include({ flushed: 0, dropped: 1, held: 0 });
  });

  it('says nothing of sockets that had ended before', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    await pull.receive();
    push.close();
    pull.close();
    // The worker carries out commands in order: it has let go of both when it has bound this.
    const last = new Pull({ context });
    await last.bind('tcp://127.0.0.1:*');
    const report = await context.destroy();
    expect(report.sockets.map(({ endpoints }) => endpoints)).to.deep.equal([[last.lastEndpoint]]);
  });
});
