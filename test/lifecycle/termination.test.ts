import { expect } from 'chai';
import { Pull, Push, Request, type Context } from '../../src/index.js';
import { othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useStage } from '../support/stage.js';

describe('Terminating a context', () => {
  const stage = useStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  describe('ends a thread’s wait with ETERM', () => {
    const waits: Record<string, Program<SharedArrayBuffer>> = {
      'in receiveSync': ({ Context, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle) });
        pull.bindSync('inproc://waiting');
        line.post('waiting');
        try {
          pull.receiveSync();
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        pull.close();
      },
      'in receiveSync with a timeout, over tcp': ({ Context, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle), receiveTimeout: 60_000 });
        pull.bindSync('tcp://127.0.0.1:*');
        line.post('waiting');
        try {
          pull.receiveSync();
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        pull.close();
      },
      'in sendSync': ({ Context, Push }, line, handle) => {
        const push = new Push({ context: Context.attach(handle) });
        line.post('waiting');
        try {
          push.sendSync('nobody');
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        push.close();
      },
      'for an awaited receive': async ({ Context, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle) });
        line.post('waiting');
        await pull.receive().catch((error: unknown) => {
          line.post((error as { code: string }).code);
        });
        pull.close();
      },
      'for an awaited send': async ({ Context, Push }, line, handle) => {
        const push = new Push({ context: Context.attach(handle) });
        line.post('waiting');
        await push.send('nobody').catch((error: unknown) => {
          line.post((error as { code: string }).code);
        });
        push.close();
      },
      'in for await': async ({ Context, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle) });
        line.post('waiting');
        try {
          for await (const message of pull) line.post(message);
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        pull.close();
      },
    };
    for (const [name, program] of Object.entries(waits)) {
      it(name, async () => {
        const thread = stage.thread(program, context.handle);
        expect(await thread.next()).to.equal('waiting');
        await othersAsleep(context);
        await context.terminate();
        expect(await thread.next()).to.equal('ETERM');
        expect(await thread.ended).to.include({ code: 0 });
      });
    }
  });

  it('ends every later call with ETERM, and every later socket', async () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    push.connect(pull.lastEndpoint!);
    context.shutdown();
    failureNow('ETERM', () => push.trySend('x'));
    failureNow('ETERM', () => push.sendSync('x'));
    await failure('ETERM', () => push.send('x'));
    failureNow('ETERM', () => pull.tryReceive());
    failureNow('ETERM', () => pull.receiveSync());
    await failure('ETERM', () => pull.receive());
    await failure('ETERM', () => pull.bind(stage.inproc()));
    failureNow('ETERM', () => push.connect(stage.inproc()));
    failureNow('ETERM', () => new Push({ context }));
  });

  it('rejects what waits in the calling thread, and for its turn, with ETERM', async () => {
    const request = new Request({ context });
    const outcomes = Promise.allSettled([request.send('x'), request.receive(), request.send('y')]);
    context.shutdown();
    for (const outcome of await outcomes) {
      expect(outcome).to.have.nested.property('reason.code', 'ETERM');
    }
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

  it('twice is once', async () => {
    const first = context.terminate();
    const second = context.terminate();
    await Promise.all([first, second]);
    await context.terminate();
    context.terminateSync();
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

  it('with destroy closes the calling thread’s sockets first', async () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint!);
    const received = failure('EAGAIN', () => pull.receive());
    await context.destroy();
    await received;
    expect([push.closed, pull.closed]).to.deep.equal([true, true]);
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
