import { expect } from 'chai';
import type { System } from '../../src/actors.js';
import { Dealer } from '../../src/index.js';
import { Deadline } from '../../src/runtime/actor/deadline.js';
import type Counter from './actors/counter.js';
import { gate } from './support/gate.js';
import { endSystems, module, open } from './support/systems.js';
import { Line } from './support/tasks.js';

type Tasks = typeof import('./pools/tasks.js');

const TASKS = module('pools/tasks');
const HANDLERS = module('servers/handlers');
const NEVER = new Promise<never>(() => undefined);

describe('A deadline', () => {
  it('is the earliest that was given, whoever came first', () => {
    const deadline = new Deadline();
    expect(deadline.left).to.equal(Infinity);
    deadline.hasten(50_000);
    expect(deadline.left).to.be.within(1, 50_000);
    deadline.hasten(90_000);
    expect(deadline.left).to.be.within(1, 50_000);
    deadline.hasten(0);
    expect(deadline.left).to.equal(0);
  });

  it('comes nearer for all who wait already', async () => {
    const deadline = new Deadline();
    const waiting = [deadline.within(NEVER), deadline.within(NEVER)];
    deadline.hasten(2 ** 31 - 1);
    deadline.hasten(1);
    expect(await Promise.all(waiting)).to.deep.equal([false, false]);
  });

  it('is not waited for by who has what he waits for', async () => {
    const deadline = new Deadline(2 ** 31 - 1);
    expect(await deadline.within(Promise.resolve())).to.equal(true);
    const failed = new RangeError('no');
    expect(await deadline.within(Promise.reject(failed)).catch((e: unknown) => e)).to.equal(failed);
  });
});

/** Starts something that is called so and has begun what never ends. Answers what ends it without a limit. */
const NAME = 'spinning';
const spinning: Record<string, (sys: System, line: Line) => Promise<() => Promise<unknown>>> = {
  'a task': async (sys) => {
    const task = await sys.spawn(module('tasks/blocking'), { name: NAME });
    await task.pipe.send('spin');
    await task.pipe.receive();
    return () => task.stop({ timeout: Infinity });
  },
  'an actor': async (sys) => {
    const blocked = gate();
    const options = { at: 'inproc://spinning', name: NAME, data: blocked.buffer };
    const actor = await sys.spawn<typeof Counter>(module('actors/counter'), options);
    await actor.tell('wait', null);
    await blocked.waits(1);
    return () => actor.stop({ timeout: Infinity });
  },
  'a pool': async (sys, line) => {
    const pool = sys.pool<Tasks>(TASKS, { threads: 1, name: NAME });
    pool.run(line.channel, { name: 'spin' }).catch(() => undefined);
    await line.begun();
    return () => pool.close({ timeout: Infinity });
  },
  'a pool of rings': async (sys, line) => {
    const pool = sys.pool<Tasks>(TASKS, { threads: 1, name: NAME, via: 'rings' });
    pool.run(line.channel, { name: 'spin' }).catch(() => undefined);
    await line.begun();
    return () => pool.close({ timeout: Infinity });
  },
  'a server': async (sys, line) => {
    const options = { name: NAME, task: 'spin', threads: 1 };
    const server = await sys.server('inproc://spinning', HANDLERS, options);
    const asking = new Dealer({ context: sys.context, linger: 0 });
    asking.connect('inproc://spinning');
    await asking.send(['', line.channel]);
    await line.begun();
    return () => server.close({ timeout: Infinity });
  },
  'a served stage': async (sys, line) => {
    const options = { name: NAME, task: 'spin', threads: 1 };
    const stage = await sys.serveStage('inproc://spinning', TASKS, options);
    const { context } = sys;
    const elsewhere = await open({ warm: 0, context });
    const using = elsewhere
      .pipeline({ closeTimeout: 0 })
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { at: 'inproc://spinning' })
      .sink(() => undefined);
    using.run().catch(() => undefined);
    await line.begun();
    return () => stage.close({ timeout: Infinity });
  },
  'a pipeline that has failed': async (sys, line) => {
    const controller = new AbortController();
    const running = sys
      .pipeline({ name: NAME, closeTimeout: Infinity })
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { task: 'spin' })
      .sink(() => undefined)
      .run({ signal: controller.signal });
    await line.begun();
    return () => {
      controller.abort();
      return running.catch(() => undefined);
    };
  },
};

describe('A shutdown', () => {
  let line: Line;
  beforeEach(() => (line = new Line()));
  afterEach(async () => {
    line.close();
    await endSystems();
  });

  for (const [what, begin] of Object.entries(spinning)) {
    it(`has its time, though ${what} is being ended without a limit already`, async () => {
      const sys = await open({ arenaSize: 2 ** 26 });
      const end = await begin(sys, line);
      const ended = end();
      // What was called is under way.
      await new Promise((resolve) => setImmediate(resolve));
      expect((await sys.shutdown({ timeout: 10 })).forced).to.deep.equal([NAME]);
      await ended;
    });
  }

  it('has its time, though actors are being given up', async () => {
    const sys = await open({ linger: Infinity });
    const group = sys.supervisor({ max: 0 });
    const blocked = gate();
    const counter = module('actors/counter');
    const dying = await group.spawn<typeof Counter>(counter, { name: 'dying' });
    const options = { name: NAME, data: blocked.buffer };
    const other = await group.spawn<typeof Counter>(counter, options);
    await other.tell('wait', null);
    await blocked.waits(1);
    await dying.tell('fail', 'at once');
    await dying.done;
    await sys.shutdown({ timeout: 10 });
    expect((await other.done).kind).to.equal('error');
  });

  it('has its time, though the source of a pipeline that has failed does not end', async () => {
    const sys = await open({ arenaSize: 2 ** 26 });
    let told!: () => void;
    const ending = new Promise<void>((resolve) => (told = resolve));
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: () => {
          told();
          return NEVER;
        },
      }),
    };
    const wrong = new RangeError('no');
    const running = sys
      .pipeline({ inFlight: 1 })
      .source(source)
      .stage(TASKS)
      .sink(() => {
        throw wrong;
      })
      .run()
      .catch((error: unknown) => error);
    await ending;
    await sys.shutdown({ timeout: 10 });
    expect(await running).to.equal(wrong);
  });

  it('has the time of a later call, if that is shorter', async () => {
    const sys = await open();
    const blocked = gate();
    const options = { name: NAME, data: blocked.buffer };
    const actor = await sys.spawn<typeof Counter>(module('actors/counter'), options);
    await actor.tell('wait', null);
    await blocked.waits(1);
    const first = sys.shutdown({ timeout: Infinity });
    const second = await sys.shutdown({ timeout: 10 });
    expect(second.forced).to.deep.equal([NAME]);
    expect(await first).to.equal(second);
  });
});
