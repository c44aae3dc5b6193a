import { expect } from 'chai';
import { pool, type Pool, type PoolOptions } from '../../src/actors.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Line } from './support/tasks.js';

type Tasks = typeof import('./pools/tasks.js');

const TASKS = module('pools/tasks');

for (const via of ['piscina', 'rings'] as const) {
  describe(`A pool (${via})`, () => {
    const lines: Line[] = [];
    afterEach(() => {
      for (const line of lines.splice(0)) line.close();
      return endSystems();
    });

    async function openPool(options: PoolOptions = {}): Promise<Pool<Tasks>> {
      const sys = await open({ arenaSize: 2 ** 26 });
      return sys.pool<Tasks>(TASKS, { threads: 2, via, ...options });
    }

    function newLine(): Line {
      const line = new Line();
      lines.push(line);
      return line;
    }

    it('runs tasks, each with its own result', async () => {
      const tasks = await openPool();
      await tasks.ready();
      const results = await Promise.all(Array.from({ length: 1000 }, (_, n) => tasks.run(n)));
      expect(results).to.deep.equal(Array.from({ length: 1000 }, (_, n) => n * 2));
      const { threads, completed, failed, queued, running, runTime } = tasks.stats();
      expect({ threads, completed, failed, queued, running }).to.deep.equal({
        ...{ threads: 2, completed: 1000 },
        ...{ failed: 0, queued: 0, running: 0 },
      });
      expect(runTime.count).to.be.greaterThan(0);
      expect(runTime.p99).to.be.greaterThan(0);
    });

    it('clones arguments and results', async () => {
      const tasks = await openPool({ threads: 1 });
      const value = { date: new Date(0), map: new Map([[1, { a: [undefined, null, NaN] }]]) };
      expect(await tasks.run(value, { name: 'same' })).to.deep.equal(value);
      const bytes = await tasks.run(Uint8Array.of(1, 2, 3), { name: 'same' });
      expect([...(bytes as Uint8Array)]).to.deep.equal([1, 2, 3]);
      expect(await tasks.run(undefined, { name: 'same' })).to.equal(undefined);
    });

    it('runs tasks at once in as many threads as it has', async () => {
      const tasks = await openPool();
      const line = newLine();
      const both = [1, 2].map(() => tasks.run(line.channel, { name: 'wait' }));
      await line.begun(2);
      line.goOn();
      const [one, other] = await Promise.all(both);
      expect(one).not.to.equal(other);
    });

    it('gives back what is done while a later task still waits for something', async () => {
      const tasks = await openPool({ threads: 1 });
      // By these it knows that they are short, and is given several at once.
      for (let n = 0; n < 10; n++) await tasks.run(n);
      const line = newLine();
      const quick = [1, 2, 3].map((n) => tasks.run(n));
      const waiting = tasks.run(line.channel, { name: 'wait' });
      expect(await Promise.all(quick)).to.deep.equal([2, 4, 6]);
      await line.begun();
      line.goOn();
      await waiting;
    });

    it('rejects with what a task throws: class, code, message, stack and cause', async () => {
      const tasks = await openPool({ threads: 1 });
      const error = await tasks
        .run('so wrong', { name: 'fail' })
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(RangeError).with.property('message', 'so wrong');
      expect(error).to.have.property('code', 'EWRONG');
      expect((error as Error).stack).to.include('pools/tasks');
      expect((error as Error).cause)
        .to.be.instanceOf(TypeError)
        .with.property('message', 'the cause');
      const text = await tasks
        .run('a text', { name: 'throwText' })
        .catch((thrown: unknown) => thrown);
      expect(text).to.equal('a text');
      expect(await tasks.run(4)).to.equal(8);
      expect(tasks.stats()).to.include({ completed: 1, failed: 2 });
    });

    it('fails a task whose argument or result cannot be cloned, and no other', async () => {
      const tasks = await openPool({ threads: 1 });
      const before = tasks.run(1);
      const failures = Promise.all([
        actorFailure(
          'ERR_ACTOR_CLONE',
          tasks.run(() => 1, { name: 'same' }),
        ),
        actorFailure('ERR_ACTOR_CLONE', tasks.run(undefined as never, { name: 'unclonable' })),
      ]);
      const after = tasks.run(2);
      await failures;
      expect(await Promise.all([before, after])).to.deep.equal([2, 4]);
    });

    for (const [what, name, argument] of [
      ['calls process.exit', 'exit', 7],
      ['lets an error escape', 'throwLater', undefined],
    ] as const) {
      it(`whose task ${what} fails that task, and goes on`, async () => {
        const tasks = await openPool({ threads: 1 });
        await tasks.ready();
        const died = actorFailure('ERR_WORKER_DIED', tasks.run(argument as never, { name }));
        const others = Promise.all([1, 2, 3].map((n) => tasks.run(n)));
        const { cause } = await died;
        expect(cause).to.be.instanceOf(Error);
        expect(await others).to.deep.equal([2, 4, 6]);
        expect(tasks.stats()).to.include({ deaths: 1, failed: 1, completed: 3 });
      });
    }

    it('whose task needs more memory than it may fails that task, and goes on', async () => {
      const tasks = await openPool({
        threads: 1,
        resourceLimits: { maxOldGenerationSizeMb: 32 },
      });
      const died = await actorFailure('ERR_WORKER_DIED', tasks.run(undefined, { name: 'devour' }));
      expect(died.cause).to.have.property('code', 'ERR_WORKER_OUT_OF_MEMORY');
      expect(await tasks.run(21)).to.equal(42);
    });

    it('limits the young generation of threads whose old one is limited, unless told how', async () => {
      const limited = await openPool({
        threads: 1,
        resourceLimits: { maxOldGenerationSizeMb: 32 },
      });
      expect(await limited.run(undefined, { name: 'limits' })).to.deep.equal([32, 4]);
      const told = await openPool({
        threads: 1,
        resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 6 },
      });
      expect(await told.run(undefined, { name: 'limits' })).to.deep.equal([32, 6]);
    });

    it('takes back a task that waits, by its signal', async () => {
      const tasks = await openPool({ threads: 1 });
      const line = newLine();
      const running = tasks.run(line.channel, { name: 'wait' });
      await line.begun();
      const controller = new AbortController();
      const waiting = tasks.run(1, { signal: controller.signal });
      controller.abort(new Error('not wanted'));
      expect(await waiting.catch((error: unknown) => (error as Error).message)).to.equal(
        'not wanted',
      );
      line.goOn();
      await running;
      const aborted = AbortSignal.abort(new Error('never wanted'));
      const refused = await tasks.run(1, { signal: aborted }).catch((error: unknown) => error);
      expect(refused).to.equal(aborted.reason);
    });

    it('lets no more wait than maxQueue', async () => {
      const tasks = await openPool({ threads: 1, maxQueue: 2 });
      await tasks.ready();
      const line = newLine();
      const running = tasks.run(line.channel, { name: 'wait' });
      await line.begun();
      const outcomes = await Promise.race([
        Promise.allSettled(Array.from({ length: 1000 }, (_, n) => tasks.run(n))),
        Promise.resolve().then(() => tasks.stats()),
      ]);
      expect(outcomes).to.have.property('failed').that.is.greaterThan(900);
      line.goOn();
      await running;
    });

    it('fails what waits when it is closed, and lets what runs come to its end', async () => {
      const tasks = await openPool({ threads: 1 });
      const line = newLine();
      const running = tasks.run(line.channel, { name: 'wait' });
      await line.begun();
      // More than a thread has in stock.
      const waiting = Array.from({ length: 1000 }, (_, n) => tasks.run(n));
      const outcomes = Promise.allSettled(waiting);
      const closing = tasks.close({ timeout: Infinity });
      await actorFailure('ERR_POOL_CLOSED', tasks.run(1));
      expect(tasks.closed).to.equal(true);
      line.goOn();
      await running;
      const report = await closing;
      const dropped = (await outcomes).filter(({ status }) => status === 'rejected');
      for (const outcome of dropped) {
        expect((outcome as PromiseRejectedResult).reason).to.have.property(
          'code',
          'ERR_POOL_CLOSED',
        );
      }
      expect(report).to.deep.equal({
        drained: 1 + waiting.length - dropped.length,
        dropped: dropped.length,
        forced: 0,
      });
      expect(dropped.length).to.be.greaterThan(900);
      expect(await tasks.close()).to.equal(report);
      expect(await tasks.ended).to.equal(report);
    });

    it('ends a task that never ends when it is closed, after the time it has', async () => {
      const tasks = await openPool({ threads: 1 });
      const line = newLine();
      const spinning = actorFailure('ERR_POOL_CLOSED', tasks.run(line.channel, { name: 'spin' }));
      await line.begun();
      expect(await tasks.close({ timeout: 10 })).to.deep.equal({
        ...{ drained: 0, dropped: 0, forced: 1 },
      });
      await spinning;
    });

    it('is closed with its system, which says so', async () => {
      const sys = await open({ arenaSize: 2 ** 26 });
      const tasks = sys.pool<Tasks>(TASKS, { threads: 1, via, name: 'mine' });
      await tasks.ready();
      const { drained, forced } = await sys.shutdown();
      expect(drained).to.deep.equal(['mine']);
      expect(forced).to.deep.equal([]);
      expect(tasks.closed).to.equal(true);
      expect(() => sys.pool(TASKS, { via }))
        .to.throw()
        .with.property('code', 'ERR_ACTOR_STOPPED');
    });

    it('fails tasks of a module that cannot be loaded, or has no such function', async () => {
      const sys = await open({ arenaSize: 2 ** 26 });
      const missing = sys.pool(module('pools/nowhere'), { threads: 1, via });
      await actorFailure('ERR_ACTOR_LOAD', missing.ready());
      await actorFailure('ERR_ACTOR_LOAD', missing.run(1));
      const throwing = sys.pool(source('throw new RangeError("at load")'), { threads: 2, via });
      const { cause } = await actorFailure('ERR_ACTOR_LOAD', throwing.run(1));
      expect(cause).to.be.instanceOf(RangeError).with.property('message', 'at load');
      const tasks = sys.pool(TASKS, { threads: 1, via });
      await actorFailure('ERR_ACTOR_NOT_FUNCTION', tasks.run(1, { name: 'nothing' as 'default' }));
      expect(await tasks.run(1)).to.equal(2);
    });

    it('finds functions of a CommonJS module', async () => {
      const sys = await open({ arenaSize: 2 ** 26 });
      const text = 'exports.half = (n) => n / 2;';
      const url = source(`
        import { createRequire } from 'node:module';
        const module = { exports: {} };
        new Function('exports', ${JSON.stringify(text)})(module.exports);
        export default module.exports;`);
      // What Node makes of one whose exports it cannot see: all of them are in the default.
      const tasks = sys.pool<{ half(n: number): number; default: (n: number) => number }>(url, {
        threads: 1,
        via: 'piscina',
      });
      expect(await tasks.run(4, { name: 'half' })).to.equal(2);
    });

    it('refuses what makes no sense', async () => {
      const sys = await open({ arenaSize: 2 ** 26 });
      expect(() => sys.pool('./tasks.js', { via })).to.throw(TypeError);
      expect(() => sys.pool(7 as never, { via })).to.throw(TypeError);
      expect(() => sys.pool(TASKS, { via, threads: 0 })).to.throw(RangeError);
      expect(() => sys.pool(TASKS, { via, threads: '2' as never })).to.throw(TypeError);
      expect(() => sys.pool(TASKS, { via, maxQueue: -1 })).to.throw(RangeError);
      expect(() => sys.pool(TASKS, { via: 'post' as never })).to.throw(TypeError);
      const tasks = await openPool({ threads: 1 });
      expect(() => tasks.map('text' as never)).to.throw(TypeError);
      expect(() => tasks.map([1], { inFlight: 0 })).to.throw(RangeError);
    });

    describe('map', () => {
      it('gives the results of all items, in their order', async () => {
        const tasks = await openPool();
        const results: number[] = [];
        const items = Array.from({ length: 3000 }, (_, n) => n);
        for await (const result of tasks.map(items)) results.push(result);
        expect(results).to.deep.equal(items.map((n) => n * 2));
      });

      it('gives results as they come, if order does not matter', async () => {
        const line = newLine();
        const items = [{ wait: line.channel }, ...Array.from({ length: 50 }, (_, n) => n)];
        const url = source(`import { wait } from '${TASKS.href}';
          export default (item) =>
            typeof item === 'number' ? item : wait(item.wait).then(() => 'waited');`);
        const sys = await open({ arenaSize: 2 ** 26 });
        const mixed = sys.pool(url, { threads: 2, via });
        await mixed.ready();
        const results: unknown[] = [];
        for await (const result of mixed.map(items, { ordered: false, inFlight: 4 })) {
          results.push(result);
          // The first waits for this, and the other thread goes on meanwhile.
          if (results.length === 1) {
            await line.begun();
            line.goOn();
          }
        }
        expect(results).to.have.lengthOf(51);
        expect(results[0]).not.to.equal('waited');
      });

      it('takes no more from the source than may be in flight', async () => {
        const tasks = await openPool();
        let taken = 0;
        let given = 0;
        let most = 0;
        function* items(): Generator<number> {
          for (; taken < 200; taken++) {
            most = Math.max(most, taken + 1 - given);
            yield taken;
          }
        }
        for await (const result of tasks.map(items(), { inFlight: 5 })) {
          given++;
          expect(result).to.equal((given - 1) * 2);
        }
        expect(given).to.equal(200);
        expect(most).to.equal(5);
      });

      it('takes from an asynchronous source', async () => {
        const tasks = await openPool();
        async function* items(): AsyncGenerator<number> {
          for (let n = 0; n < 100; n++) {
            await Promise.resolve();
            yield n;
          }
        }
        const results: number[] = [];
        for await (const result of tasks.map(items(), { inFlight: 3 })) results.push(result);
        expect(results).to.deep.equal(Array.from({ length: 100 }, (_, n) => n * 2));
      });

      it('ends with the first task that fails, and ends the source', async () => {
        const tasks = await openPool({ threads: 1 });
        let ended = false;
        function* items(): Generator<string> {
          try {
            for (;;) yield 'wrong';
          } finally {
            ended = true;
          }
        }
        const results = tasks.map(items(), { name: 'fail' });
        const error = await results.next().catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(RangeError).with.property('code', 'EWRONG');
        expect(ended).to.equal(true);
        expect(await results.next()).to.deep.equal({ value: undefined, done: true });
      });

      it('ends with what the source throws', async () => {
        const tasks = await openPool({ threads: 1 });
        // eslint-disable-next-line require-yield
        function* items(): Generator<number> {
          throw new RangeError('no more');
        }
        const error = await tasks
          .map(items())
          .next()
          .catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(RangeError).with.property('message', 'no more');
      });

      it('ends the source when the loop is left', async () => {
        const tasks = await openPool({ threads: 1 });
        let ended = false;
        async function* items(): AsyncGenerator<number> {
          try {
            for (let n = 0; ; n++) {
              yield n;
              await Promise.resolve();
            }
          } finally {
            ended = true;
          }
        }
        for await (const result of tasks.map(items(), { inFlight: 2 })) if (result === 20) break;
        expect(ended).to.equal(true);
        expect(await tasks.run(1)).to.equal(2);
      });

      it('ends by its signal, however many wait', async () => {
        const tasks = await openPool({ threads: 1 });
        const line = newLine();
        const controller = new AbortController();
        const items = Array.from({ length: 100 }, () => line.channel);
        const results = tasks.map(items, {
          ...{ name: 'wait', signal: controller.signal, inFlight: 50 },
        });
        const first = results.next();
        await line.begun();
        controller.abort(new Error('enough'));
        const error = await first.catch((thrown: unknown) => thrown);
        expect(error).to.equal(controller.signal.reason);
        // For the one that a ring-fed thread has begun.
        line.goOn();
      });
    });
  });
}

describe('A pool', () => {
  afterEach(endSystems);

  it('moves what is transferred, there and back', async () => {
    const sys = await open({ arenaSize: 2 ** 26 });
    const tasks = sys.pool<Tasks>(TASKS, { threads: 1 });
    const buffer = new ArrayBuffer(1 << 20);
    expect(await tasks.run(buffer, { name: 'given', transferList: [buffer] })).to.equal(1 << 20);
    expect(buffer.byteLength).to.equal(0);
    expect((await tasks.run(100, { name: 'give' })).byteLength).to.equal(100);
  });

  it('ends a running task with its thread, by its signal', async () => {
    const sys = await open({ arenaSize: 2 ** 26 });
    const tasks = sys.pool<Tasks>(TASKS, { threads: 1 });
    const line = new Line();
    const controller = new AbortController();
    const spinning = tasks.run(line.channel, { name: 'spin', signal: controller.signal });
    await line.begun();
    controller.abort();
    expect(await spinning.catch((error: unknown) => error)).to.equal(controller.signal.reason);
    expect(await tasks.run(2)).to.equal(4);
    line.close();
  });

  it('keeps no thread from actors, whatever its tasks do', async () => {
    const sys = await open({ arenaSize: 2 ** 26 });
    const tasks = sys.pool<Tasks>(TASKS, { threads: 2 });
    const line = new Line();
    const spinning = [1, 2].map(() => tasks.run(line.channel, { name: 'spin' }));
    const outcomes = Promise.allSettled(spinning);
    await line.begun(2);
    const echo = await sys.spawn(module('tasks/echo'), { data: { suffix: '!' } });
    await echo.pipe.send('Hello');
    expect((await echo.pipe.receive()).map(String)).to.deep.equal(['Hello', '!']);
    await tasks.close({ timeout: 0 });
    await outcomes;
    line.close();
  });

  it("runs without a system of one's own", async () => {
    await using tasks = pool<Tasks['default']>(TASKS, { threads: 1 });
    expect(await tasks.run(3)).to.equal(6);
  });

  it('has tasks with types', async () => {
    const sys = await open({ arenaSize: 2 ** 26 });
    const tasks = sys.pool<Tasks>(TASKS, { threads: 1 });
    const number: number = await tasks.run(1);
    const length: number = await tasks.run(new ArrayBuffer(3), { name: 'given' });
    expect([number, length]).to.deep.equal([2, 3]);
    const wrong = (): unknown => [
      // @ts-expect-error The function takes a number.
      tasks.run('text'),
      // @ts-expect-error There is no such function.
      tasks.run(1, { name: 'nowhere' }),
      // @ts-expect-error It is no function.
      tasks.run(1, { name: 'nothing' }),
    ];
    expect(wrong).to.be.a('function');
  });
});
