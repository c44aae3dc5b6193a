import { expect } from 'chai';
import { type System } from '../../src/actors.js';
import { Request } from '../../src/index.js';
import { Intensity } from '../../src/runtime/actor/intensity.js';
import { useStage } from '../support/stage.js';
import type Counter from './actors/counter.js';
import type Listener from './actors/listener.js';
import { endSystems, module, open } from './support/systems.js';

type Tasks = typeof import('./pools/tasks.js');

const TASKS = module('pools/tasks');
const HANDLERS = module('servers/handlers');
const COUNTER = module('actors/counter');
const LISTENER = module('actors/listener');

/** One millisecond more than a timer of Node's takes. */
const TOO_LONG = 2 ** 31;

describe('A time that is Infinity', () => {
  const stage = useStage();
  let sys: System;
  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26, linger: Infinity });
  });
  afterEach(endSystems);

  // A thread takes some 50 ms to load its module, and Node's timers make one of Infinity.
  it('is for ever, for the threads of a pipeline', async () => {
    let sum = 0;
    await sys
      .pipeline({ closeTimeout: Infinity })
      .source([1, 2, 3])
      .stage<Tasks['default']>(TASKS, { startTimeout: Infinity, threads: 2 })
      .sink((number) => (sum += number))
      .run();
    expect(sum).to.equal(12);
  });

  it('is for ever, for a stage elsewhere that is yet to come', async () => {
    const endpoint = await stage.freeEndpoint();
    let sum = 0;
    const report = sys
      .pipeline()
      .source([1, 2, 3])
      .stage<Tasks['default']>(TASKS, { at: endpoint, startTimeout: Infinity })
      .sink((number) => (sum += number))
      .run();
    // Awaited below; what it fails with meanwhile is what counts.
    report.catch(() => undefined);
    const options = { threads: 1, startTimeout: Infinity, closeTimeout: Infinity };
    const served = await sys.serveStage(endpoint, TASKS, options);
    await report;
    expect(sum).to.equal(12);
    expect(await served.close()).to.include({ forced: 0 });
  });

  it('is for ever, for a server and for a pool', async () => {
    const options = { threads: 1, startTimeout: Infinity, closeTimeout: Infinity };
    const server = await sys.server('inproc://server', HANDLERS, options);
    using asking = new Request({ context: sys.context, linger: 0 });
    asking.connect(server.endpoint);
    await asking.send('hello');
    expect((await asking.receive()).map(String)).to.deep.equal(['hello']);
    expect(await server.close()).to.include({ forced: 0 });
    for (const via of ['piscina', 'rings'] as const) {
      const tasks = sys.pool<Tasks>(TASKS, { threads: 1, via, closeTimeout: Infinity });
      expect(await tasks.run(3)).to.equal(6);
      expect(await tasks.close()).to.include({ forced: 0 });
    }
  });

  for (const thread of ['own', 'shared'] as const) {
    it(`is for ever, for an actor on a thread of ${thread === 'own' ? 'its own' : 'several'}`, async () => {
      const options = { thread, startTimeout: Infinity };
      const count = await sys.spawn<typeof Counter>(COUNTER, options);
      expect(await count.ask('count', null, { timeout: Infinity })).to.equal(0);
      expect(await count.stop({ timeout: Infinity })).to.deep.equal({ kind: 'stopped' });
      const listener = await sys.spawn<typeof Listener>(LISTENER, options);
      expect(await listener.control({ timeout: Infinity }).snapshot()).to.equal(0);
      expect((await sys.shutdown({ timeout: Infinity })).forced).to.deep.equal([]);
    });

    it(`is the only one beyond what timers take, on a thread of ${thread === 'own' ? 'its own' : 'several'}`, async () => {
      const wrong: [object, typeof TypeError | typeof RangeError][] = [
        [{ startTimeout: TOO_LONG }, RangeError],
        [{ startTimeout: -1 }, RangeError],
        [{ startTimeout: NaN }, RangeError],
        [{ startTimeout: '1' }, TypeError],
        [{ signal: {} }, TypeError],
      ];
      for (const [options, kind] of wrong) {
        const refused = await sys
          .spawn(COUNTER, { thread, ...options })
          .catch((error: unknown) => error);
        expect(refused, JSON.stringify(options)).to.be.instanceOf(kind);
      }
    });
  }

  it('is the only one beyond what timers take, for stages and servers', async () => {
    for (const options of [{ startTimeout: TOO_LONG }, { closeTimeout: TOO_LONG }]) {
      for (const refused of [
        () => sys.server('inproc://a', HANDLERS, options),
        () => sys.serveStage('inproc://a', TASKS, options),
      ]) {
        expect(await refused().catch((error: unknown) => error)).to.be.instanceOf(RangeError);
      }
    }
    const start = sys.pipeline().source([1]);
    expect(() => start.stage(TASKS, { startTimeout: TOO_LONG })).to.throw(RangeError);
    expect(() => sys.pool(TASKS, { closeTimeout: TOO_LONG })).to.throw(RangeError);
  });

  it('is no pause before a restart, which has an end', () => {
    const endless = new Intensity({ max: 100, backoff: [Infinity, Infinity] });
    expect([0, 1].map((now) => endless.died(now))).to.deep.equal([TOO_LONG - 1, TOO_LONG - 1]);
    const growing = new Intensity({ max: 100, within: Infinity, backoff: [1000, Infinity] });
    const pauses = Array.from({ length: 100 }, (_, now) => growing.died(now)!);
    expect(pauses.slice(0, 3)).to.deep.equal([1000, 2000, 4000]);
    expect(Math.max(...pauses)).to.equal(TOO_LONG - 1);
  });
});
