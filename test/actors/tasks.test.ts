import { expect } from 'chai';
import { type Reason, RESOURCE_LIMITS_LEAST, spawn, defaultSystem } from '../../src/actors.js';
import { Pull, Push, ZmqError } from '../../src/index.js';
import { failure } from '../support/expect-error.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Threads } from './support/threads.js';

describe('A task', () => {
  afterEach(endSystems);

  it('talks with whoever has started it, and gets its data', async () => {
    const sys = await open();
    const echo = await sys.spawn(module('tasks/echo'), { data: { suffix: '!' } });
    await echo.pipe.send('Hello');
    expect((await echo.pipe.receive()).map(String)).to.deep.equal(['Hello', '!']);
    expect(echo.name).to.equal('echo');
    expect(await echo.stop()).to.deep.equal({ kind: 'stopped' });
    expect(await echo.done).to.deep.equal({ kind: 'stopped' });
  });

  it('is stopped in order though it blocks, behind what was sent before', async () => {
    const sys = await open();
    const blocking = await sys.spawn(module('tasks/blocking'));
    for (let i = 0; i < 100; i++) await blocking.pipe.send(String(i));
    expect(await blocking.stop()).to.deep.equal({ kind: 'stopped' });
    const answers: string[] = [];
    for await (const [answer] of blocking.pipe) answers.push(String(answer));
    expect(answers).to.deep.equal(Array.from({ length: 100 }, (_, i) => String(i)));
    expect(blocking.pipe.closed).to.equal(true);
  });

  it("makes any sockets, in the system's context", async () => {
    const sys = await open();
    const push = new Push({ context: sys.context });
    const pull = new Pull({ context: sys.context });
    await push.bind('inproc://numbers');
    await pull.bind('inproc://squares');
    const data = { from: 'inproc://numbers', to: 'inproc://squares' };
    const tasks = await Promise.all(
      [1, 2].map(() => sys.spawn(module('tasks/own-sockets'), { data })),
    );
    expect(tasks.map(({ name }) => name)).to.have.members(['own-sockets', 'own-sockets-2']);
    for (let i = 1; i <= 10; i++) await push.send(String(i));
    let sum = 0;
    for (let i = 1; i <= 10; i++) sum += Number((await pull.receive())[0]);
    expect(sum).to.equal(385);
    push.close();
    pull.close();
    const { drained, forced } = await sys.shutdown();
    expect(drained).to.have.members(['own-sockets', 'own-sockets-2']);
    expect(forced).to.deep.equal([]);
  });

  it("runs in the process's context without a system of one's own", async () => {
    const echo = await spawn(module('tasks/echo'));
    const pull = new Pull();
    await pull.bind('inproc://of-the-process');
    await echo.pipe.send('Hello');
    expect(String((await echo.pipe.receive())[0])).to.equal('Hello');
    pull.close();
    await echo[Symbol.asyncDispose]();
    expect((await echo.done).kind).to.equal('stopped');
    expect(defaultSystem().context).to.equal(new Push({ linger: 0 }).context);
  });

  const endings: [string, string, Partial<Reason>][] = [
    ['returns', 'return', { kind: 'finished' }],
    ['calls process.exit', 'exit', { kind: 'exit', exitCode: 7 }],
  ];
  for (const [what, order, reason] of endings) {
    it(`that ${what} is over, and those who wait for it hear so`, async () => {
      const sys = await open();
      const blocking = await sys.spawn(module('tasks/blocking'));
      const receiving = actorFailure('ERR_ACTOR_DIED', blocking.pipe.receive());
      await blocking.pipe.send(order);
      expect(await blocking.done).to.deep.equal(reason);
      await receiving;
      await actorFailure('ERR_ACTOR_DIED', blocking.pipe.send('more'));
      expect(await blocking.stop()).to.deep.equal(reason);
    });
  }

  it('that throws is over with its error: class, code, message, stack and cause', async () => {
    const sys = await open();
    const blocking = await sys.spawn(module('tasks/blocking'));
    await blocking.pipe.send('throw');
    const reason = await blocking.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    const error = reason.error as RangeError & { code: string };
    expect(error).to.be.instanceOf(RangeError);
    expect(error.message).to.equal('what went wrong');
    expect(error.code).to.equal('EWRONG');
    expect(error.stack).to.include('blocking');
    expect(error.cause).to.be.instanceOf(TypeError).with.property('message', 'the cause');
    const died = await actorFailure('ERR_ACTOR_DIED', blocking.pipe.receive());
    expect(died.cause).to.equal(error);
  });

  it('that throws ours has it come back as what it was', async () => {
    const sys = await open();
    const index = new URL('../../src/index.js', import.meta.url).href;
    const failing = await sys.spawn(
      source(`import { ZmqError } from '${index}';
        export default (pipe) => {
          pipe.signal();
          throw new ZmqError('EADDRINUSE', { address: 'tcp://127.0.0.1:1' });
        };`),
    );
    const reason = await failing.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.be.instanceOf(ZmqError).with.property('code', 'EADDRINUSE');
    expect(reason.error).to.have.property('address', 'tcp://127.0.0.1:1');
  });

  it('that throws outside its function is over with the error', async () => {
    const sys = await open();
    const late = await sys.spawn(module('tasks/late'));
    await late.pipe.send('now');
    const reason = await late.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.be.instanceOf(Error).with.property('message', 'out of a timer');
  });

  it('that needs more memory than it may is over, and nobody else', async () => {
    const sys = await open();
    const echo = await sys.spawn(module('tasks/echo'));
    const blocking = await sys.spawn(module('tasks/blocking'), {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    await blocking.pipe.send('devour');
    const reason = await blocking.done;
    if (reason.kind !== 'out-of-memory') expect.fail(reason.kind);
    expect(reason.error).to.have.property('code', 'ERR_WORKER_OUT_OF_MEMORY');
    await echo.pipe.send('still there');
    expect(String((await echo.pipe.receive())[0])).to.equal('still there');
  });

  it('has a small young generation if its old one is limited, so that V8 ends the thread alone', async () => {
    const sys = await open();
    const limited = await sys.spawn(module('tasks/blocking'), {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    await limited.pipe.send('limits');
    expect(String((await limited.pipe.receive())[0])).to.equal('64, 4');
  });

  it('that spins when it is told to stop is killed after the deadline', async () => {
    const sys = await open();
    const blocking = await sys.spawn(module('tasks/blocking'));
    await blocking.pipe.send('spin');
    expect(String((await blocking.pipe.receive())[0])).to.equal('spinning');
    expect(await blocking.stop({ timeout: 10 })).to.deep.equal({
      kind: 'killed',
      by: 'stop-timeout',
    });
  });

  it('is killed at once, whatever it does', async () => {
    const sys = await open();
    const blocking = await sys.spawn(module('tasks/blocking'));
    await blocking.pipe.send('spin');
    await blocking.pipe.receive();
    expect(await blocking.kill()).to.deep.equal({ kind: 'killed', by: 'kill' });
  });

  it('is killed by its signal', async () => {
    const sys = await open();
    const controller = new AbortController();
    const echo = await sys.spawn(module('tasks/echo'), { signal: controller.signal });
    controller.abort();
    expect(await echo.done).to.deep.equal({ kind: 'killed', by: 'signal' });
  });

  it('that has said something before its end has said it', async () => {
    const sys = await open();
    const blocking = await sys.spawn(module('tasks/blocking'));
    await blocking.pipe.send('say, then exit');
    expect(await blocking.done).to.deep.equal({ kind: 'exit', exitCode: 0 });
    expect(String((await blocking.pipe.receive())[0])).to.equal('last words');
    await actorFailure('ERR_ACTOR_DIED', blocking.pipe.receive());
  });

  it('finds nothing of the one before', async () => {
    const sys = await open({ warm: 1 });
    const leaving = source(`globalThis.left = (globalThis.left ?? 0) + 1;
      export default async (pipe) => {
        pipe.signal();
        await pipe.send(String(globalThis.left));
        await pipe.receive();
      };`);
    for (let i = 0; i < 3; i++) {
      const task = await sys.spawn(leaving);
      expect(String((await task.pipe.receive())[0])).to.equal('1');
      await task.stop();
    }
  });

  it('has no thread beyond those that may be', async () => {
    const sys = await open({ warm: 0, maxThreads: 1 });
    const echo = await sys.spawn(module('tasks/echo'));
    const error = await actorFailure('ERR_ACTOR_DIED', sys.spawn(module('tasks/echo')));
    expect(error.cause).to.be.instanceOf(ZmqError).with.property('code', 'EMTHREAD');
    await echo.stop();
    await (await sys.spawn(module('tasks/echo'))).stop();
  });
});

describe('spawn rejects', () => {
  afterEach(endSystems);

  it('a module that does not exist', async () => {
    const sys = await open();
    const error = await actorFailure('ERR_ACTOR_LOAD', sys.spawn(module('tasks/nowhere')));
    expect(error.message).to.include('nowhere.js');
  });

  it('a module that throws while it is loaded, with the cause', async () => {
    const sys = await open();
    const error = await actorFailure(
      'ERR_ACTOR_LOAD',
      sys.spawn(source('throw new RangeError("at load")')),
    );
    expect(error.cause).to.be.instanceOf(RangeError).with.property('message', 'at load');
  });

  it('a module that exports no function', async () => {
    const sys = await open();
    await actorFailure('ERR_ACTOR_NOT_FUNCTION', sys.spawn(source('export default 7')));
    await actorFailure('ERR_ACTOR_NOT_FUNCTION', sys.spawn(source('export const a = 1')));
  });

  it('a task that is not ready in time, even one that spins', async () => {
    const sys = await open();
    for (const text of [
      'export default () => new Promise(() => {})',
      'export default () => { for (;;); }',
      'await new Promise(() => {}); export default () => {}',
    ]) {
      const options = { startTimeout: 500, name: 'slow' };
      const error = await actorFailure('ERR_ACTOR_START_TIMEOUT', sys.spawn(source(text), options));
      expect(error.message).to.include('slow');
    }
  });

  it('a task that ends before it is ready, with what it threw', async () => {
    const sys = await open();
    await actorFailure('ERR_ACTOR_DIED', sys.spawn(source('export default () => {}')));
    await actorFailure('ERR_ACTOR_DIED', sys.spawn(source('process.exit(3)')));
    const error = await actorFailure(
      'ERR_ACTOR_DIED',
      sys.spawn(source('export default () => { throw new TypeError("too soon"); }')),
    );
    expect(error.cause).to.be.instanceOf(TypeError).with.property('message', 'too soon');
  });

  it('data that cannot be cloned', async () => {
    const sys = await open();
    await actorFailure(
      'ERR_ACTOR_CLONE',
      sys.spawn(module('tasks/echo'), { data: { call: () => 1 } }),
    );
  });

  it('when its signal is aborted, with the reason', async () => {
    const sys = await open();
    const controller = new AbortController();
    const { signal } = controller;
    const spawning = sys.spawn(source('export default () => { for (;;); }'), { signal });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await spawning.catch((error: unknown) => error)).to.equal(reason);
    const again = sys.spawn(module('tasks/echo'), { signal });
    expect(await again.catch((error: unknown) => error)).to.equal(reason);
  });

  it('when its signal was aborted before, and no thread begins', async () => {
    const sys = await open({ warm: 1 });
    // The news of the one that waits.
    await new Promise((resolve) => setImmediate(resolve));
    const threads = new Threads();
    const signal = AbortSignal.abort(new Error('never wanted'));
    const spawning = sys.spawn(module('tasks/echo'), { signal });
    expect(await spawning.catch((error: unknown) => error)).to.equal(signal.reason);
    await new Promise((resolve) => setImmediate(resolve));
    // One that had been given it would have been ended, and another started.
    expect(threads.running.size).to.equal(0);
    threads.close();
  });

  it('limits with which V8 would end the whole process', async () => {
    const sys = await open();
    for (const [name, least] of Object.entries(RESOURCE_LIMITS_LEAST)) {
      const resourceLimits = { [name]: least - 1 };
      const error: unknown = await sys
        .spawn(module('tasks/echo'), { resourceLimits })
        .catch((thrown: unknown) => thrown);
      expect(error, name).to.be.instanceOf(RangeError);
    }
  });

  it('arguments of the wrong kind', async () => {
    const sys = await open();
    const wrong: [unknown, object][] = [
      [undefined, {}],
      ['./relative.js', {}],
      [module('tasks/echo'), { name: 7 }],
      [module('tasks/echo'), { startTimeout: '1' }],
      [module('tasks/echo'), { signal: {} }],
      [module('tasks/echo'), { resourceLimits: { memory: 1 } }],
    ];
    for (const [url, options] of wrong) {
      const error = await sys.spawn(url as URL, options).catch((thrown: unknown) => thrown);
      expect(error, String(url)).to.be.instanceOf(TypeError);
    }
    expect(await open({ linger: -1 }).catch((e: unknown) => e)).to.be.instanceOf(RangeError);
    expect(await open({ warm: 0.5 }).catch((e: unknown) => e)).to.be.instanceOf(RangeError);
  });
});

describe('A system', () => {
  it('that is shut down tells by name what it drained and what it forced', async () => {
    const sys = await open();
    await sys.spawn(module('tasks/echo'), { name: 'orderly' });
    const spinning = await sys.spawn(module('tasks/blocking'), { name: 'spinning' });
    await spinning.pipe.send('spin');
    await spinning.pipe.receive();
    const report = await sys.shutdown({ timeout: 10_000 });
    expect(report.drained).to.deep.equal(['orderly']);
    expect(report.forced).to.deep.equal(['spinning']);
    expect(report.dropped).to.deep.equal([]);
    expect(report.sockets?.holders).to.deep.equal([]);
    expect(await sys.shutdown()).to.equal(report);
    await actorFailure('ERR_ACTOR_STOPPED', sys.spawn(module('tasks/echo')));
  });

  it('ends its own context, and leaves one that it was given', async () => {
    const own = await open({ warm: 0 });
    await own.shutdown();
    await failure('ETERM', () => new Push({ context: own.context }).sendSync(''));
    const outer = await open({ warm: 0 });
    const { context } = outer;
    const inner = await open({ warm: 0, context });
    await (await inner.spawn(module('tasks/echo'))).pipe.send('Hello');
    await inner.shutdown();
    const push = new Push({ context });
    await push.bind('inproc://still-there');
    push.close();
    await outer.shutdown();
  });

  it('has endpoints of its own in a context that it shares with another', async () => {
    const one = await open({ warm: 0 });
    const other = await open({ warm: 0, context: one.context });
    const echoes = [one, other].map(async (sys, number) => {
      const { pipe } = await sys.spawn(module('tasks/echo'));
      await pipe.send(`${number}`);
      const answer = String((await pipe.receive())[0]);
      const count = await sys.spawn<typeof Counter>(module('actors/counter'), { thread: 'shared' });
      await count.tell('add', number);
      return [answer, await count.ask('count', null)];
    });
    expect(await Promise.all(echoes)).to.deep.equal([
      ['0', 0],
      ['1', 1],
    ]);
    // Its context goes with the first.
    await other.shutdown();
  });

  it('ends what it has started at the end of its block', async () => {
    let done: Promise<Reason>;
    {
      await using sys = await open();
      done = (await sys.spawn(module('tasks/echo'))).done;
    }
    expect(await done).to.deep.equal({ kind: 'stopped' });
  });

  it('ends what is about to start', async () => {
    const sys = await open({ warm: 0 });
    const starting = sys.spawn(source('export default () => { for (;;); }'));
    const refused = actorFailure('ERR_ACTOR_DIED', starting);
    const { forced } = await sys.shutdown({ timeout: 0 });
    await refused;
    expect(forced).to.deep.equal(['anonymous']);
  });
});
