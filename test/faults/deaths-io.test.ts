import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Context, Pull, Push } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useStage } from '../support/stage.js';

describe('An I/O worker that dies', () => {
  const stage = useStage();
  const workers: Worker[] = [];
  const started = (worker: Worker): void => void workers.push(worker);

  beforeEach(() => {
    workers.length = 0;
    process.on('worker', started);
  });
  afterEach(() => {
    process.off('worker', started);
  });

  it('takes its connections along, and nothing else: inproc goes on, tcp fails with EMTHREAD', async () => {
    const { context } = stage;
    const [pull, push, inproc] = [
      new Pull({ context }),
      new Push({ context }),
      new Push({ context }),
    ];
    await pull.bind('inproc://goes on');
    inproc.connect('inproc://goes on');
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint!);
    await push.send('over tcp');
    expect(String(await pull.receive())).to.equal('over tcp');
    expect(workers.length).to.equal(1);
    await workers[0]!.terminate();
    // Its pipe ends: there is nobody left to send to.
    while (push.trySend('to nobody')) await setImmediate();
    await failure('EMTHREAD', () => pull.bind('tcp://127.0.0.1:*'));
    failureNow('EMTHREAD', () => push.connect('tcp://127.0.0.1:5555'));
    await inproc.send('over inproc');
    expect(String(await pull.receive())).to.equal('over inproc');
    for (const socket of [pull, push, inproc]) socket.close();
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

  it('ends the events of its endpoints', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    expect((await events.receive()).type).to.equal('bind');
    await workers[0]!.terminate();
    pull.close();
    expect((await events.receive()).type).to.equal('end');
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
