import { once } from 'node:events';
import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import type { Ending, Program } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';

const MESSAGES = 300;

/** An end in order, of which nothing is said but that it has taken a while to start an I/O worker, where everything does. */
function expectQuietEnd({ code, stderr }: Ending): void {
  expect(code).to.equal(0);
  expect(stderr).to.match(/^(\(node:\d+\) WARNING: Waiting for queued [^]*)?$/);
}

describe('The end of a process', () => {
  const stage = useTidyStage();
  let context: Context;
  let pull: Pull;

  beforeEach(async () => {
    context = stage.context;
    pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
  });

  describe('right after sending loses nothing', () => {
    // More than kernel and rings hold by themselves: 300 messages of 64 KiB.
    const ends: Record<string, Program<string>> = {
      'when it closes the socket': async ({ Push }, _line, endpoint) => {
        const push = new Push();
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
        push.close();
      },
      'when it terminates its context': async ({ Push, context }, _line, endpoint) => {
        const push = new Push();
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
        push.close();
        await context.terminate();
      },
      'when it destroys a context of its own': async ({ Push, Context }, _line, endpoint) => {
        const own = new Context();
        const push = new Push({ context: own });
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
        await own.destroy();
      },
      'when it just ends': async ({ Push }, _line, endpoint) => {
        const push = new Push();
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
      },
      'when it blocks to send and just ends': ({ Push }, _line, endpoint) => {
        const push = new Push();
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) push.sendSync([String(i), Buffer.alloc(65536)]);
      },
      'when it calls process.exit': async ({ Push }, _line, endpoint) => {
        const push = new Push();
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
        process.exit(0);
      },
      'when a context of its own is left open': async ({ Push, Context }, _line, endpoint) => {
        const push = new Push({ context: new Context() });
        push.connect(endpoint);
        for (let i = 0; i < 300; i++) await push.send([String(i), Buffer.alloc(65536)]);
        process.exit(0);
      },
    };
    for (const [name, program] of Object.entries(ends)) {
      it(name, async () => {
        const child = stage.process(program, pull.lastEndpoint!);
        for (let i = 0; i < MESSAGES; i++) {
          const [number, body] = await pull.receive();
          expect(String(number)).to.equal(`${i}`);
          expect(body!.length).to.equal(65536);
        }
        expectQuiet(await child.ended);
      });
    }

    it('when a thread of it sent and has ended before it', async () => {
      const child = stage.process(async ({ context }, _line, endpoint: string) => {
        const { Worker } = await import('node:worker_threads');
        const source = `
          const { workerData } = require('node:worker_threads');
          void import(workerData.library).then(({ Push, Context }) => {
            const push = new Push({ context: Context.attach(workerData.handle) });
            push.connect(workerData.endpoint);
            for (let i = 0; i < 300; i++) push.sendSync([String(i), Buffer.alloc(65536)]);
          });`;
        const library = process.env.LOOMWIRE_LIBRARY;
        const workerData = { handle: context.handle, endpoint, library };
        new Worker(source, { eval: true, workerData });
      }, pull.lastEndpoint!);
      for (let i = 0; i < MESSAGES; i++) {
        expect(String((await pull.receive())[0])).to.equal(`${i}`);
      }
      expectQuiet(await child.ended);
    });
  });

  it('waits for a peer that is not there, says so, and ends when it has come', async () => {
    const endpoint = await stage.freeEndpoint();
    const child = stage.process(async ({ Push }, _line, to: string) => {
      const push = new Push({ reconnectInterval: 20 });
      push.connect(to);
      await push.send('message');
    }, endpoint);
    const warned = new Promise<string>((resolve) => {
      let text = '';
      child.child.stderr!.on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('behaviour.\n')) resolve(text);
      });
    });
    const { pid } = child.child;
    expect(await warned).to.equal(
      `(node:${pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.\n` +
        'Set `context.blocky = false` to change this behaviour.\n',
    );
    await pull.bind(endpoint);
    expect(String(await pull.receive())).to.equal('message');
    expect(await child.ended).to.include({ code: 0 });
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`waits no longer than until the next ${signal}, though the program listens for it`, async () => {
      const child = stage.process(
        async ({ Push }, line, { to, signal }: { to: string; signal: NodeJS.Signals }) => {
          process.on(signal, () => process.exit(1));
          const push = new Push();
          push.connect(to);
          await push.send('message');
          line.post('ready');
          await line.next();
        },
        { to: await stage.freeEndpoint(), signal },
      );
      const warned = once(child.child.stderr!, 'data');
      expect(await child.next()).to.equal('ready');
      child.child.kill(signal);
      // Blocked now, in its exit handler.
      await warned;
      child.child.kill(signal);
      expect(await child.ended).to.include({ code: null, signal });
    });
  }

  describe('by process.exit does not hang', () => {
    it('in the middle of a bind that fails', async () => {
      const child = stage.process(({ Pull }, _line, taken: string) => {
        const bound = new Pull();
        void bound.bind(taken).catch(() => undefined);
        process.exit(0);
      }, pull.lastEndpoint!);
      expectQuietEnd(await child.ended);
    });

    it('in the middle of a bind that succeeds', async () => {
      const child = stage.process(({ Pull }) => {
        const bound = new Pull();
        void bound.bind('tcp://127.0.0.1:*').catch(() => undefined);
        process.exit(0);
      });
      expectQuietEnd(await child.ended);
    });

    it('while another thread binds, connects and waits', async () => {
      const child = stage.process(async ({ context, Push }, line, to: string) => {
        const { Worker } = await import('node:worker_threads');
        // So that there is an I/O worker already.
        const push = new Push();
        push.connect(to);
        await push.send('message');
        const source = `
          const { parentPort, workerData } = require('node:worker_threads');
          void import(workerData.library).then(({ Pull, Push, Context }) => {
            const context = Context.attach(workerData.handle);
            parentPort.postMessage('working');
            for (;;) {
              const pull = new Pull({ context });
              pull.bindSync('tcp://127.0.0.1:*');
              const push = new Push({ context, linger: 0 });
              push.connect('tcp://127.0.0.1:1');
              push.sendSync('message');
              pull.close();
              push.close();
            }
          });`;
        const library = process.env.LOOMWIRE_LIBRARY;
        const workerData = { handle: context.handle, library };
        const worker = new Worker(source, { eval: true, workerData });
        worker.on('error', () => undefined);
        worker.once('message', () => process.exit(0));
        await line.next();
      }, pull.lastEndpoint!);
      expect(String(await pull.receive())).to.equal('message');
      expect(await child.ended).to.include({ code: 0 });
    });
  });

  it('does not wait for a peer that is not there when the context is not blocky', async () => {
    const child = stage.process(
      async ({ Push, context }, _line, to: string) => {
        context.blocky = false;
        const push = new Push();
        push.connect(to);
        await push.send('message');
      },
      await stage.freeEndpoint(),
    );
    expectQuietEnd(await child.ended);
  });

  it('keeps the exit status', async () => {
    const child = stage.process(async ({ Push }, _line, to: string) => {
      const push = new Push();
      push.connect(to);
      await push.send('message');
      process.exit(7);
    }, pull.lastEndpoint!);
    expect(String(await pull.receive())).to.equal('message');
    expect(await child.ended).to.include({ code: 7 });
  });

  describe('is held up', () => {
    it('by no socket that is bound, connected and idle', async () => {
      const child = stage.process(async ({ Push, Pull, Reply }, line, to: string) => {
        const push = new Push();
        push.connect(to);
        const reply = new Reply();
        await reply.bind('tcp://127.0.0.1:*');
        const bound = new Pull();
        await bound.bind('inproc://idle');
        await push.send('message');
        line.post('idle');
      }, pull.lastEndpoint!);
      expect(await child.next()).to.equal('idle');
      expect(await child.ended).to.include({ code: 0 });
    });

    const pending: Record<string, Program<string>> = {
      'by a receive that waits': async ({ Request }, line, to) => {
        const request = new Request();
        request.connect(to);
        await request.send('question');
        line.post(String(await request.receive()));
      },
      'by for await': async ({ Request }, line, to) => {
        const request = new Request();
        request.connect(to);
        await request.send('question');
        for await (const [answer] of request) {
          line.post(String(answer));
          return;
        }
      },
      'by a send that waits': async ({ Push, Request }, line, to) => {
        // Nobody is there to send to until the answer has come, and only then does this connect.
        const push = new Push({ linger: 0 });
        const sent = push.send('waits');
        const request = new Request();
        request.connect(to);
        request.sendSync('question');
        const answer = request.receiveSync();
        setImmediate(() => push.connect('tcp://127.0.0.1:1'));
        await sent;
        line.post(String(answer));
      },
    };
    for (const [name, program] of Object.entries(pending)) {
      it(name, async () => {
        const { Reply } = await import('../../src/index.js');
        const reply = new Reply({ context });
        await reply.bind('tcp://127.0.0.1:*');
        const child = stage.process(program, reply.lastEndpoint!);
        expect(String(await reply.receive())).to.equal('question');
        // Time for the child to end, if it would: another process starts, works and ends meanwhile.
        const second = stage.process(({ Push }, _line, to: string) => {
          const push = new Push();
          push.connect(to);
          push.sendSync('meanwhile');
        }, pull.lastEndpoint!);
        expect(String(await pull.receive())).to.equal('meanwhile');
        await second.ended;
        await reply.send('answer');
        expect(await child.next()).to.equal('answer');
        expect(await child.ended).to.include({ code: 0 });
      });
    }
  });
});

describe('The end of a thread', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`right after sending loses nothing, over ${transport}`, async () => {
      const { context } = stage;
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const thread = stage.thread(
        ({ Context, Push }, _line, { handle, to }: { handle: SharedArrayBuffer; to: string }) => {
          const push = new Push({ context: Context.attach(handle) });
          push.connect(to);
          for (let i = 0; i < 300; i++) push.sendSync(String(i));
        },
        { handle: context.handle, to: pull.lastEndpoint! },
      );
      for (let i = 0; i < MESSAGES; i++) expect(String(await pull.receive())).to.equal(`${i}`);
      expect(await thread.ended).to.include({ code: 0 });
    });
  }

  it('closes its sockets: its peers go on with others', async () => {
    const { context } = stage;
    const push = new Push({ context });
    await push.bind(stage.inproc());
    const argument = { handle: context.handle, to: push.lastEndpoint! };
    for (let i = 0; i < 3; i++) {
      const thread = stage.thread(({ Context, Pull }, line, { handle, to }: typeof argument) => {
        const pull = new Pull({ context: Context.attach(handle) });
        pull.connect(to);
        line.post(String(pull.receiveSync()));
      }, argument);
      await push.send(`to thread ${i}`);
      expect(await thread.next()).to.equal(`to thread ${i}`);
      await thread.ended;
    }
    // Nobody is left, so nobody may be thought to have room.
    expect(push.trySend('nobody')).to.equal(false);
  });
});

/** It ended well and said nothing, unless that it waits: on a busy machine sending takes its time. */
function expectQuiet({ code, stdout, stderr }: Ending): void {
  const waiting = /^\(node:\d+\) WARNING: Waiting for queued ZeroMQ messages[^\n]*\n[^\n]*\n/;
  expect({ code, stdout, stderr: stderr.replace(waiting, '') }).to.deep.equal({
    code: 0,
    stdout: '',
    stderr: '',
  });
}
