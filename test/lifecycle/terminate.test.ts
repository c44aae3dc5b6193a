import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import { othersAsleep } from '../support/asleep.js';
import { failure, failureNow } from '../support/expect-error.js';
import { remainsOf } from '../support/remains.js';
import { useTidyStage } from '../support/stage.js';

describe('Terminating a context', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('leaves close possible, and then is over', async () => {
    const push = new Push({ context });
    context.shutdown();
    push.close();
    await context.terminate();
  });

  it('waits for a socket that is left open', async () => {
    const push = new Push({ context });
    let over = false;
    const ended = context.terminate().then(() => (over = true));
    // Whatever needs no waiting would be over after a message in another context.
    const other = stage.newContext();
    const pull = new Pull({ context: other });
    await pull.bind('tcp://127.0.0.1:*');
    const sender = new Push({ context: other });
    sender.connect(pull.lastEndpoint!);
    await sender.send('message');
    await pull.receive();
    expect(over).to.equal(false);
    push.close();
    await ended;
  });

  it('waits no longer than its timeout for a socket that is left open, and closes it', async () => {
    const push = new Push({ context });
    await push.bind('tcp://127.0.0.1:*');
    await context.terminate({ timeout: 20 });
    failureNow('EBADF', () => push.trySend('x'));
    expect(push.closed).to.equal(true);
  });

  it('closes the rest with linger 0 when its timeout is over', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, linger: -1, reconnectInterval: 20 });
    push.connect(endpoint);
    await push.send('message');
    await context.terminate({ timeout: 20 });
    expect(push.closed).to.equal(true);
    const pull = new Pull({ context: stage.newContext() });
    await pull.bind(endpoint);
    const later = new Push({ context: pull.context });
    later.connect(endpoint);
    await later.send('sent later');
    expect(String(await pull.receive())).to.equal('sent later');
  });

  it('gives back what nobody will take or answer any more', async () => {
    const push = new Push({ context });
    push.connect(stage.inproc());
    await push.send('for whoever binds the name');
    push.close();
    const waiting = new Push({ context });
    waiting.connect(await stage.freeEndpoint());
    await waiting.send('for whoever listens there');
    const pull = new Pull({ context });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    await events.receive();
    // Nobody closes the two before their I/O worker has ended.
    await context.terminate({ timeout: 20 });
    expect(remainsOf(context, new Set())).to.deep.equal([]);
  });

  it('twice is once', async () => {
    const first = context.terminate();
    const second = context.terminate();
    const reports = await Promise.all([first, second]);
    reports.push(await context.terminate(), context.terminateSync());
    for (const report of reports) expect(report).to.equal(reports[0]);
  });

  describe('joins a call that waits already, and the earliest timeout holds', () => {
    let push: Push;
    beforeEach(async () => {
      push = new Push({ context });
      await push.bind('tcp://127.0.0.1:*');
    });
    afterEach(() => expect(push.closed).to.equal(true));

    it('with a timeout where there was none', async () => {
      const first = context.terminate();
      const second = context.terminate({ timeout: 20 });
      expect(await first).to.equal(await second);
    });

    it('with a timeout that ends sooner', async () => {
      const first = context.terminate({ timeout: 60_000 });
      await context.terminate({ timeout: 20 });
      await first;
    });

    it('with one that ends later', async () => {
      const first = context.terminate({ timeout: 20 });
      await context.terminate({ timeout: 60_000 });
      await first;
    });

    it('blocking', async () => {
      const first = context.terminate();
      const report = context.terminateSync({ timeout: 20 });
      expect(await first).to.equal(report);
    });

    it('blocking, for as long as the other call', async () => {
      const first = context.terminate({ timeout: 20 });
      expect(context.terminateSync()).to.equal(await first);
    });

    it('of another thread', async () => {
      const first = context.terminate();
      const thread = stage.thread(async ({ Context }, line, handle: SharedArrayBuffer) => {
        line.post(await Context.attach(handle).terminate({ timeout: 20 }));
      }, context.handle);
      expect(await thread.next()).to.deep.equal(await first);
    });

    it('of another thread that computes', async () => {
      const turn = new Int32Array(new SharedArrayBuffer(4));
      const argument = { handle: context.handle, turn };
      const thread = stage.thread(({ Context, Pull }, line, { handle, turn }: typeof argument) => {
        const pull = new Pull({ context: Context.attach(handle) });
        pull.connect('inproc://nobody');
        line.post('computes');
        while (Atomics.load(turn, 0) === 0);
        line.post(pull.closed);
      }, argument);
      expect(await thread.next()).to.equal('computes');
      const first = context.terminate();
      await context.terminate({ timeout: 20 });
      await first;
      Atomics.store(turn, 0, 1);
      expect(await thread.next()).to.equal(false);
      await thread.ended;
    });
  });

  it('may be asked for by any thread', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const received = failure('ETERM', () => pull.receive());
    const thread = stage.thread(async ({ Context }, line, handle: SharedArrayBuffer) => {
      const joined = Context.attach(handle);
      const ended = joined.terminate();
      line.post('asked');
      await ended;
      line.post('over');
    }, context.handle);
    expect(await thread.next()).to.equal('asked');
    await received;
    pull.close();
    expect(await thread.next()).to.equal('over');
    await context.terminate();
  });

  it('may block', async () => {
    const thread = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const pull = new Pull({ context: Context.attach(handle) });
      pull.bindSync('tcp://127.0.0.1:*');
      line.post('waiting');
      try {
        pull.receiveSync();
      } catch (error) {
        line.post((error as { code: string }).code);
      }
      pull.close();
    }, context.handle);
    expect(await thread.next()).to.equal('waiting');
    await othersAsleep(context);
    context.terminateSync();
    expect(await thread.next()).to.equal('ETERM');
  });

  it('may block a thread that joined', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const received = failure('ETERM', () => pull.receive());
    const thread = stage.thread(({ Context }, line, handle: SharedArrayBuffer) => {
      Context.attach(handle).terminateSync();
      line.post('over');
    }, context.handle);
    await received;
    pull.close();
    expect(await thread.next()).to.equal('over');
  });

  it('answers in a thread that has not asked for it, too', async () => {
    const thread = stage.thread(async ({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const context = Context.attach(handle);
      const pull = new Pull({ context });
      line.post('waiting');
      await pull.receive().catch(() => undefined);
      pull.close();
      await line.next();
      line.post((await context.terminate()).complete);
    }, context.handle);
    expect(await thread.next()).to.equal('waiting');
    await context.terminate();
    thread.post('now');
    expect(await thread.next()).to.equal(true);
  });

  it('during connects and binds ends', async () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    push.connect('tcp://127.0.0.1:1');
    push.connect(`ipc://${stage.path()}`);
    push.connect(stage.inproc());
    const bound = Promise.allSettled([pull.bind('tcp://127.0.0.1:*'), pull.bind('ipc://*')]);
    const ended = context.terminate();
    push.close();
    pull.close();
    for (const outcome of await bound) {
      expect(outcome).to.have.nested.property('reason.code', 'ETERM');
    }
    expect((await ended).complete).to.equal(true);
  });

  it('leaves other contexts alone', async () => {
    const other = stage.newContext();
    const pull = new Pull({ context: other });
    await pull.bind('tcp://127.0.0.1:*');
    await context.terminate();
    const push = new Push({ context: other });
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
  });

  it('many times over leaves nothing of it behind', async () => {
    for (let i = 0; i < 10; i++) {
      const short = stage.newContext({ arenaSize: 2 ** 24 });
      const pull = new Pull({ context: short });
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push({ context: short });
      push.connect(pull.lastEndpoint!);
      await push.send('message');
      await pull.receive();
      await short.destroy();
    }
  });
});
