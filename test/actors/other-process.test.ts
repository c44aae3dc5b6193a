import { expect } from 'chai';
import type { Death, System } from '../../src/actors.js';
import type { ProcessElsewhere } from '../support/elsewhere.js';
import { useStage, type Stage } from '../support/stage.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open } from './support/systems.js';

const COUNTER = module('actors/counter');
const ACTORS = new URL('../../src/actors.js', import.meta.url).href;

/** A process that has a counter, until it is told to end. Resolves when the counter is there. */
async function host(stage: Stage, at: string): Promise<ProcessElsewhere> {
  const process = stage.process(
    async (_library, line, [actors, counter, at]: string[]) => {
      const { system } = (await import(actors!)) as typeof import('../../src/actors.js');
      const sys = await system();
      await sys.spawn(counter!, { at, supervise: {} });
      line.post('there');
      await line.next();
      await sys.shutdown();
    },
    [ACTORS, COUNTER.href, at],
  );
  expect(await process.next()).to.equal('there');
  return process;
}

/** Asked again until somebody is there who answers. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      expect(error).to.have.property('code', 'ERR_ACTOR_UNREACHABLE');
    }
  }
}

describe('An actor in another process', () => {
  const stage = useStage();
  let sys: System;
  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26 });
  });
  afterEach(endSystems);

  for (const transport of process.platform === 'win32'
    ? (['tcp'] as const)
    : (['tcp', 'ipc'] as const)) {
    it(`gets over ${transport} what it was told before it was there, also what is not waited for any more`, async () => {
      const at = await stage.agreed(transport);
      const count = sys.ref<typeof Counter>(at);
      await count.tell('add', 2);
      await actorFailure('ERR_ACTOR_TIMEOUT', count.ask('echo', 'late', { timeout: 1 }));
      await count.tell('add', 3);
      const asked = count.ask('count', null);
      await host(stage, at);
      expect(await asked).to.equal(5);
      // The echo was asked for before, and so was answered before.
      expect(sys.deadLetters.counts.timeout).to.equal(1);
    });

    it(`is found again over ${transport} when its process has died and another has its endpoint`, async () => {
      const at = await stage.agreed(transport);
      const first = await host(stage, at);
      const count = sys.ref<typeof Counter>(at);
      const deaths: Death[] = [];
      const heard = new Promise<void>((resolve) =>
        count.watch((death) => {
          deaths.push(death);
          resolve();
        }),
      );
      await count.tell('add', 2);
      expect(await count.ask('count', null)).to.equal(2);
      await first.kill();
      await host(stage, at);
      // Another actor, which knows nothing of what the first was told; and of the first's death nobody is told.
      expect(await eventually(() => count.ask('count', null))).to.equal(0);
      expect(deaths).to.deep.equal([]);
      // Whoever watched the first watches this one.
      await count.tell('fail', 'as it was told');
      await heard;
      expect(deaths).to.have.length(1);
      expect(deaths[0]).to.deep.include({ name: at, comesBack: true });
    });

    it(`is over for those who have a reference over ${transport} when its process has ended in order`, async () => {
      const at = await stage.agreed(transport);
      const first = await host(stage, at);
      const count = sys.ref<typeof Counter>(at);
      await count.tell('add', 2);
      expect(await count.ask('count', null)).to.equal(2);
      first.post('end');
      await first.ended;
      await host(stage, at);
      await actorFailure('ERR_ACTOR_STOPPED', count.ask('count', null));
      await actorFailure('ERR_ACTOR_STOPPED', count.tell('add', 1));
      expect(await sys.ref<typeof Counter>(at).ask('count', null)).to.equal(0);
    });

    it(`that never comes holds nobody over ${transport} for longer than linger, and what was dropped is told`, async () => {
      const own = await open({ arenaSize: 2 ** 26, linger: 0 });
      const at = await stage.agreed(transport);
      const count = own.ref<typeof Counter>(at);
      for (let n = 0; n < 3; n++) await count.tell('add', n);
      const { sockets } = await own.shutdown();
      const told = sockets!.sockets.find(({ endpoints }) => endpoints.includes(at));
      // And that somebody was there, and has gone.
      expect(told).to.include({ flushed: 0, dropped: 3 + 2 });
    });
  }

  for (const at of ['inproc://counter', 'tcp://127.0.0.1:*']) {
    it(`cannot be sent shared memory, nor can one here: ${at}`, async () => {
      const { endpoint } = await sys.spawn(COUNTER, { at });
      const count = sys.ref<typeof Counter>(endpoint);
      const shared = new SharedArrayBuffer(8);
      await actorFailure('ERR_ACTOR_CLONE', count.ask('echo', shared));
      await actorFailure('ERR_ACTOR_CLONE', count.ask('echo', { shared }));
      // A view of it is bytes, and arrives as a copy.
      const bytes = new Uint8Array(shared).fill(7);
      const echoed = await count.ask('echo', bytes);
      expect(echoed).to.deep.equal(new Uint8Array(8).fill(7));
    });
  }

  it('has in one system nothing to do with what has its inproc name in another', async () => {
    const other = await open({ arenaSize: 2 ** 26 });
    for (const [own, by] of [
      [sys, 1],
      [other, 2],
    ] as const) {
      await own.spawn(COUNTER, { at: 'inproc://same' });
      await own.ref<typeof Counter>('inproc://same').tell('add', by);
    }
    expect(await sys.ref<typeof Counter>('inproc://same').ask('count', null)).to.equal(1);
    expect(await other.ref<typeof Counter>('inproc://same').ask('count', null)).to.equal(2);
  });
});
