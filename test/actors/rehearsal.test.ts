import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { rehearse } from '../../src/patterns/actor/rehearse.js';
import { ActorThread } from '../../src/runtime/actor/actor-thread.js';
import { ThreadPool } from '../../src/runtime/actor/thread-pool.js';
import { collectGarbage } from '../soak/garbage.js';
import { Footprint } from '../support/footprint.js';
import { CHANNEL } from './hosts/channel.js';
import { module } from './support/systems.js';
import { Line } from './support/tasks.js';

describe('A thread that waits for its task', () => {
  let line: Line;
  let pool: ThreadPool;

  beforeEach(() => (line = new Line(CHANNEL)));
  afterEach(async () => {
    await pool.close();
    line.close();
  });

  /** Gives a task to a thread, which says in what order it rehearsed and began with the task. */
  async function run(): Promise<unknown> {
    const start = {
      kind: 'tell',
      module: '',
      name: 'told',
      data: undefined,
      parameters: undefined,
    };
    return new ActorThread(pool, { ...start, handle: undefined }).ready;
  }

  it('rehearses, and begins when the rehearsal is over', async () => {
    pool = new ThreadPool(module('hosts/rehearsing'), 1, 1);
    await pool.start();
    await line.begun();
    const order = run();
    line.goOn();
    expect(await order).to.deep.equal(['rehearsal', 'its end', 'task']);
  });

  it('has it though the rehearsal has failed', async () => {
    pool = new ThreadPool(module('hosts/failing'), 1, 1);
    await pool.start();
    await line.begun();
    expect(await run()).to.equal('told');
  });

  it('never rehearses when it has begun', async () => {
    pool = new ThreadPool(module('hosts/rehearsing'), 0, 1);
    // On a machine that is late it may have waited long enough.
    void line.begun().then(() => line.goOn());
    expect(await run()).to.be.deep.oneOf([['task'], ['rehearsal', 'its end', 'task']]);
  });
});

describe('A rehearsal', () => {
  it('leaves the order in which a thread ends as it was: its sockets are there for whatever its module sends at its exit', async () => {
    const worker = new Worker(module('hosts/exit-hooks'));
    const [behind] = (await once(worker, 'message')) as [number];
    await once(worker, 'exit');
    expect(behind).to.equal(1);
  });

  const nothing = (): void => undefined;
  const line = { ready: nothing, say: nothing, listen: nothing, pump: nothing };

  it('leaves nothing behind in its thread', async () => {
    // Everything has been there once.
    await rehearse(line);
    const before = new Footprint();
    const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const made: WeakRef<SharedArrayBuffer>[] = [];
    const real = globalThis.SharedArrayBuffer;
    globalThis.SharedArrayBuffer = new Proxy(real, {
      construct: (target, given: [number]) => {
        const buffer = new target(...given);
        made.push(new WeakRef(buffer));
        return buffer;
      },
    });
    try {
      await rehearse(line);
    } finally {
      globalThis.SharedArrayBuffer = real;
    }
    expect(before.more()).to.deep.equal([]);
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).to.deep.equal(
      listeners,
    );
    expect(made).to.have.lengthOf.above(0);
    while (made.some((each) => each.deref() !== undefined)) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
  });
});
