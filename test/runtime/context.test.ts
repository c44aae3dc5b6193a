import { totalmem } from 'node:os';
import { expect } from 'chai';
import { Context, ioStatistics, Pull, Push, type ContextHandle } from '../../src/index.js';
import { ARENA_BYTES_DEFAULT, ARENA_BYTES_MIN } from '../../src/runtime/base/limits.js';
import { FIRST_IO_SLOT, HEADER_VERSION } from '../../src/runtime/memory/layout.js';
import { claimSlot, freeSlot } from '../../src/runtime/thread/slot.js';
import { joinedSlots } from '../support/asleep.js';
import { failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('A context', () => {
  const stage = useTidyStage();

  it('is joined by a thread that is given its handle', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('inproc://joined');
    stage.thread(({ Context, Push }, _line, handle: ContextHandle) => {
      const push = new Push({ context: Context.attach(handle) });
      push.connect('inproc://joined');
      push.sendSync('from the thread');
    }, context.handle);
    expect(String(await pull.receive())).to.equal('from the thread');
  });

  it('is joined as often as one likes, by the thread that made it, too', async () => {
    const { context } = stage;
    const again = Context.attach(context.handle);
    const pull = new Pull({ context });
    await pull.bind('inproc://same');
    const push = new Push({ context: again });
    push.connect('inproc://same');
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
    push.close();
  });

  describe('is not joined by what is no handle: a TypeError', () => {
    const wrong: Record<string, unknown> = {
      nothing: undefined,
      'a number': 5,
      'an object': {},
      'memory that is not shared': new ArrayBuffer(ARENA_BYTES_MIN),
      'too little shared memory': new SharedArrayBuffer(64),
      'other shared memory': new SharedArrayBuffer(ARENA_BYTES_MIN),
    };
    for (const [name, handle] of Object.entries(wrong)) {
      it(name, () => {
        expect(() => Context.attach(handle as ContextHandle)).to.throw(
          TypeError,
          'Not a context handle',
        );
      });
    }
  });

  it('is not joined by another version of the library: ENOTSUP', () => {
    const { handle } = stage.context;
    const copy = new SharedArrayBuffer(handle.byteLength);
    const words = new Int32Array(copy);
    words.set(new Int32Array(handle, 0, 1024));
    words[HEADER_VERSION] = 99;
    const refused = failureNow('ENOTSUP', () => Context.attach(copy));
    expect(refused.message).to.include('99');
  });

  it('gives its memory back when it has ended: after any number of them a process can start others', async () => {
    // Linux makes one mapping of memory side by side, and copies none for a child that is larger than the machine's.
    const contexts = Math.ceil(totalmem() / ARENA_BYTES_DEFAULT) + 8;
    const child = stage.process(async ({ Context, Pair }, line, count: number) => {
      const { spawnSync } = await import('node:child_process');
      for (let i = 0; i < count; i++) {
        const context = new Context();
        const [one, other] = [new Pair({ context }), new Pair({ context })];
        one.bindSync('inproc://both');
        other.connect('inproc://both');
        await one.send('message');
        await other.receive();
        await context.destroy({ linger: 0 });
        await new Promise((resolve) => setTimeout(resolve));
      }
      line.post(spawnSync(process.execPath, ['--version']).error?.message ?? 'started');
    }, contexts);
    expect(await child.next()).to.equal('started');
  });

  it('knows nothing of another’s inproc names', async () => {
    const [first, second] = [stage.newContext(), stage.newContext()];
    const pulls = [new Pull({ context: first }), new Pull({ context: second })];
    for (const pull of pulls) await pull.bind('inproc://same name');
    for (const [i, context] of [first, second].entries()) {
      const push = new Push({ context });
      push.connect('inproc://same name');
      await push.send(`context ${i}`);
    }
    for (const [i, pull] of pulls.entries()) {
      expect(String(await pull.receive())).to.equal(`context ${i}`);
      expect(pull.tryReceive()).to.equal(undefined);
    }
  });

  it('gives the place of a thread that has ended to the next', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('inproc://places');
    const places = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const thread = stage.thread(async ({ Context, Push }, line, handle: ContextHandle) => {
        const push = new Push({ context: Context.attach(handle) });
        push.connect('inproc://places');
        push.sendSync('here');
        await line.next();
        push.close();
      }, context.handle);
      await pull.receive();
      for (const slot of joinedSlots(context)) places.add(slot);
      thread.post('end');
      await thread.ended;
    }
    // A peer that is slow to let go may cost a place now and then, but not one for each thread.
    expect(places.size).to.be.lessThan(10);
  });

  it('of the process is found by threads of threads', async () => {
    const child = stage.process(async ({ Pull }, line) => {
      const { Worker } = await import('node:worker_threads');
      const inner = `
        void import(process.env.LOOMWIRE_LIBRARY).then(({ Push }) => {
          const push = new Push();
          push.connect('inproc://nested');
          push.sendSync('from within');
        });`;
      const outer = `
        const { Worker } = require('node:worker_threads');
        new Worker(${JSON.stringify(inner)}, { eval: true });`;
      const pull = new Pull();
      await pull.bind('inproc://nested');
      new Worker(outer, { eval: true });
      line.post(String(await pull.receive()));
    });
    expect(await child.next()).to.equal('from within');
    expect(await child.ended).to.include({ code: 0, stderr: '' });
  });

  it('of the process is found by a thread that was started before it was made', async () => {
    const child = stage.process(
      async (_nothing, line) => {
        const { Worker } = await import('node:worker_threads');
        const events = (await import('node:events')).default;
        const thread = new Worker(
          `const { parentPort } = require('node:worker_threads');
          parentPort.once('message', () => {
            void import(process.env.LOOMWIRE_LIBRARY).then(({ Push }) => {
              const push = new Push();
              push.connect('inproc://early');
              push.sendSync('from the early thread');
            });
          });`,
          { eval: true },
        );
        await events.once(thread, 'online');
        const { Pull } = (await import(process.env.LOOMWIRE_LIBRARY!)) as typeof _nothing;
        const pull = new Pull();
        await pull.bind('inproc://early');
        thread.postMessage('go');
        line.post(String(await pull.receive()));
      },
      undefined,
      { early: true },
    );
    expect(await child.next()).to.equal('from the early thread');
    expect(await child.ended).to.include({ code: 0, stderr: '' });
  });

  it('of its own is what a thread gets that finds no other, with a warning', async () => {
    const child = stage.process(
      async (_nothing, line) => {
        const { Worker } = await import('node:worker_threads');
        const events = (await import('node:events')).default;
        const thread = new Worker(
          `const { parentPort } = require('node:worker_threads');
          process.on('warning', ({ code }) => parentPort.postMessage(code));
          void import(process.env.LOOMWIRE_LIBRARY).then(({ Push }) => new Push());`,
          { eval: true, stderr: true },
        );
        const [code] = (await events.once(thread, 'message')) as [unknown];
        line.post(code);
        await events.once(thread, 'exit');
      },
      undefined,
      { early: true },
    );
    expect(await child.next()).to.equal('LOOMWIRE_ISOLATED_CONTEXT');
    expect(await child.ended).to.include({ code: 0 });
  });
});

describe('The statistics of the I/O workers', () => {
  const stage = useTidyStage();

  it('are none before there is one', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    expect(await ioStatistics(context)).to.deep.equal([]);
  });

  it('are none of a worker that has given its slot back', async () => {
    const { context } = stage;
    const words = new Int32Array(context.handle);
    claimSlot(words, FIRST_IO_SLOT, 4711);
    freeSlot(words, FIRST_IO_SLOT);
    expect(await ioStatistics(context)).to.deep.equal([]);
  });

  it('count endpoints, connections and bytes', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 10; i++) await push.send(Buffer.alloc(1000));
    for (let i = 0; i < 10; i++) await pull.receive();
    const [worker, ...others] = await ioStatistics(context);
    expect(others).to.deep.equal([]);
    expect(worker).to.include({ listeners: 1, sessions: 2, accepted: 1, connected: 1 });
    expect(worker!.handshakes).to.equal(2);
    // A frame of 1000 bytes has a header of 9.
    expect(worker!.bytesSent).to.equal(10 * 1009);
    // What is received includes two handshakes.
    expect(worker!.bytesReceived).to.be.greaterThan(10 * 1009 + 128);
  });

  it('are given for each of several, and to any thread that asks', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const pull = new Pull({ context });
    for (let i = 0; i < 2; i++) await pull.bind('tcp://127.0.0.1:*');
    const thread = stage.thread(async ({ Context, ioStatistics }, line, handle: ContextHandle) => {
      line.post(await ioStatistics(Context.attach(handle)));
    }, context.handle);
    const heard = await thread.next<{ listeners: number; threadId: number }[]>();
    expect(heard.map(({ listeners }) => listeners)).to.deep.equal([1, 1]);
    expect(new Set(heard.map(({ threadId }) => threadId)).size).to.equal(2);
  });
});
