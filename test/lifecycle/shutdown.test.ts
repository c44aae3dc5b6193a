import { expect } from 'chai';
import { Poller, Pull, Push, Request, type Context } from '../../src/index.js';
import { SLOT_PENDING, SLOT_SOCKETS, slotAt } from '../../src/runtime/memory/layout.js';
import { joinedSlots, othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('Shutting a context down', () => {
  const stage = useTidyStage();
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
      'in waitSync': ({ Context, Poller, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle) });
        const poller = new Poller();
        poller.add(pull);
        line.post('waiting');
        try {
          poller.waitSync();
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        pull.close();
      },
      'for an awaited poll': async ({ Context, Poller, Pull }, line, handle) => {
        const pull = new Pull({ context: Context.attach(handle) });
        const poller = new Poller();
        poller.add(pull);
        line.post('waiting');
        await poller.wait().catch((error: unknown) => {
          line.post((error as { code: string }).code);
        });
        pull.close();
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
        context.shutdown();
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
    const poller = new Poller();
    poller.add(pull);
    await push.send('there is something to receive');
    context.shutdown();
    failureNow('ETERM', () => push.trySend('x'));
    failureNow('ETERM', () => push.sendSync('x'));
    await failure('ETERM', () => push.send('x'));
    failureNow('ETERM', () => pull.tryReceive());
    failureNow('ETERM', () => pull.receiveSync());
    await failure('ETERM', () => pull.receive());
    failureNow('ETERM', () => poller.tryWait());
    failureNow('ETERM', () => poller.waitSync());
    await failure('ETERM', () => poller.wait());
    await failure('ETERM', () => pull.bind(stage.inproc()));
    failureNow('ETERM', () => pull.bindSync(stage.inproc()));
    failureNow('ETERM', () => push.connect(stage.inproc()));
    await failure('ETERM', () => pull.unbind(pull.lastEndpoint!));
    failureNow('ETERM', () => push.disconnect(pull.lastEndpoint!));
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

  it('waits for nothing', async () => {
    const push = new Push({ context, linger: -1 });
    push.connect(await stage.freeEndpoint());
    await push.send('nobody takes it');
    context.shutdown();
    expect(push.closed).to.equal(false);
    push.close(0);
  });

  describe('ends a bind on its way with ETERM', () => {
    it('that is awaited', async () => {
      const pull = new Pull({ context });
      const bound = pull.bind('tcp://127.0.0.1:*');
      context.shutdown();
      const { address } = await failure('ETERM', () => bound);
      expect(address).to.equal('tcp://127.0.0.1:*');
      expect(pull.lastEndpoint).to.equal(null);
    });

    it('that blocks', async () => {
      const turn = new Int32Array(new SharedArrayBuffer(4));
      const argument = { handle: context.handle, turn };
      const other = stage.thread(({ Context }, line, { handle, turn }: typeof argument) => {
        line.post('ready');
        Atomics.wait(turn, 0, 0);
        Context.attach(handle).shutdown();
      }, argument);
      expect(await other.next()).to.equal('ready');
      const thread = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
        const pull = new Pull({ context: Context.attach(handle) });
        try {
          pull.bindSync('tcp://127.0.0.1:*');
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        pull.close();
      }, context.handle);
      // Only this thread can start the I/O worker that would bind, and it does not turn its event loop.
      const words = new Int32Array(context.handle);
      const [at] = awaitNow(() => joinedSlots(context)).map(slotAt);
      awaitNow(() => (Atomics.load(words, at! + SLOT_PENDING) === 2 ? [true] : []));
      Atomics.store(turn, 0, 1);
      Atomics.notify(turn, 0);
      awaitNow(() => (Atomics.load(words, at! + SLOT_SOCKETS) === 0 ? [true] : []));
      expect(await thread.next()).to.equal('ETERM');
    });

    it('and takes the endpoint back', async () => {
      const endpoint = await stage.freeEndpoint();
      const pull = new Pull({ context });
      const bound = pull.bind(endpoint);
      context.shutdown();
      await failure('ETERM', () => bound);
      pull.close();
      await context.terminate();
      const other = new Pull({ context: stage.newContext() });
      await other.bind(endpoint);
    });
  });
});

/** What `look` finds, as soon as it finds something, without a turn of the event loop. */
function awaitNow<T>(look: () => T[]): T[] {
  for (;;) {
    const found = look();
    if (found.length > 0) return found;
  }
}
