import { expect } from 'chai';
import {
  type ActorHandle,
  type ActorRef,
  type AnyActor,
  type Death,
  type Strategy,
} from '../../src/actors.js';
import type { Context } from '../../src/index.js';
import { INPROC_NAMES } from '../../src/runtime/base/limits.js';
import { NAME_WORDS, NAMES_AT } from '../../src/runtime/memory/layout.js';
import { Intensity } from '../../src/runtime/actor/intensity.js';
import { Random } from '../support/random.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { gate } from './support/gate.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Threads } from './support/threads.js';
import { holdTimers } from './support/timers.js';

const counter = module('actors/counter');
const ACTORS = new URL('../../src/actors.js', import.meta.url).href;

/** The next death that the reference hears of. */
function nextDeath(count: ActorHandle<typeof Counter>): Promise<Death> {
  return new Promise((resolve) => {
    const off = count.watch((death) => {
      off();
      resolve(death);
    });
  });
}

function restartsOf(count: ActorRef<typeof Counter>): Promise<number> {
  return count.ask('restarts', null);
}

/** How many inproc names it knows. */
function namesOf(context: Context): number {
  const keys = new BigInt64Array(context.handle, NAMES_AT * 4, (INPROC_NAMES * NAME_WORDS) / 2);
  let names = 0;
  for (let at = 0; at < keys.length; at += NAME_WORDS / 2)
    if (Atomics.load(keys, at) !== 0n) names++;
  return names;
}

describe('A supervised actor', () => {
  afterEach(endSystems);

  for (const thread of ['own', 'shared'] as const) {
    it(`comes back on a thread of ${thread === 'own' ? 'its own' : 'several'}, with a new state, its reference and its mailbox`, async () => {
      const sys = await open();
      const blocked = gate();
      const count = await sys.spawn<typeof Counter>(counter, {
        thread,
        data: blocked.buffer,
        supervise: {},
      });
      await count.tell('add', 100);
      await count.tell('wait', null);
      // The mailbox: one that kills it, and what comes behind.
      await count.tell('fail', 'as it was told');
      const adding = Array.from({ length: 40 }, () => count.tell('add', 1));
      const asking = count.ask('count', null);
      const death = nextDeath(count);
      blocked.open();
      await Promise.all(adding);
      expect(await asking).to.equal(40);
      const { reason, comesBack } = await death;
      expect(comesBack).to.equal(true);
      if (reason.kind !== 'error') expect.fail(reason.kind);
      expect(reason.error).to.be.instanceOf(RangeError).with.property('message', 'as it was told');
      expect(await restartsOf(count)).to.equal(1);
      expect(count.restarts).to.equal(1);
      // What it died of is not handled again, and told.
      expect(sys.deadLetters.counts).to.include({ died: 1 });
      expect(sys.deadLetters.count).to.equal(1);
    });
  }

  it('comes back from each kind of death, and who asked it hears of the death at once', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter, {
      supervise: { max: 10 },
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 3));
    const death = nextDeath(count);
    await count.tell('devour', null);
    const { reason } = await death;
    expect(reason.kind).to.equal('out-of-memory');
    expect(await restartsOf(count)).to.equal(2);
  });

  it('of several instances has all of them again, whichever die', async () => {
    const sys = await open();
    const blocked = gate();
    const options = { threads: 3, data: blocked.buffer, supervise: { max: 10 } };
    const count = await sys.spawn<typeof Counter>(counter, options);
    const deaths: Death[] = [];
    count.watch((death) => deaths.push(death));
    await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 0));
    await Promise.all([1, 2, 3].map((n) => actorFailure('ERR_ACTOR_DIED', count.ask('leave', n))));
    // Before they are all there, those that are would be given more than one of these.
    while (count.restarts < 4) await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 3; i++) await count.tell('wait', null);
    await blocked.waits(3);
    blocked.open();
    expect(await count.ask('count', null)).to.equal(0);
    expect(count.restarts).to.equal(4);
    expect(deaths.map(({ comesBack }) => comesBack)).to.deep.equal([true, true, true, true]);
    const codes = deaths.map(({ reason }) => (reason.kind === 'exit' ? reason.exitCode : reason));
    expect(codes[0]).to.equal(0);
    expect(codes.sort()).to.deep.equal([0, 1, 2, 3]);
    expect(sys.deadLetters.count).to.equal(0);
    const { forced } = await sys.shutdown();
    expect(forced).to.deep.equal([]);
  });

  it('comes back after a pause, which doubles', async () => {
    const sys = await open();
    // Lengths that no other timer has.
    const pauses = [1237, 2474, 3000];
    const held = holdTimers(pauses);
    try {
      const count = await sys.spawn<typeof Counter>(counter, {
        supervise: { max: 10, within: 600_000, backoff: [1237, 3000] },
      });
      for (const [died, pause] of pauses.entries()) {
        await actorFailure('ERR_ACTOR_DIED', count.ask('leave', died));
        const goOn = await held.next();
        expect(goOn.milliseconds).to.equal(pause);
        const asked = restartsOf(count);
        await new Promise((resolve) => setImmediate(resolve));
        expect(count.restarts).to.equal(died);
        goOn.expire();
        expect(await asked).to.equal(died + 1);
      }
    } finally {
      held.release();
    }
  });

  for (const thread of ['own', 'shared'] as const) {
    it(`does not come back when its signal is aborted, from a thread of ${thread === 'own' ? 'its own' : 'several'}`, async () => {
      const sys = await open();
      const abort = new AbortController();
      const count = await sys.spawn<typeof Counter>(counter, {
        ...{ thread, signal: abort.signal },
        supervise: { max: Infinity, backoff: [0, 0] },
      });
      const deaths: Death[] = [];
      count.watch((death) => deaths.push(death));
      await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 1));
      expect(await restartsOf(count)).to.equal(1);
      abort.abort();
      expect(await count.done).to.deep.equal({ kind: 'killed', by: 'signal' });
      await actorFailure('ERR_ACTOR_DIED', count.ask('count', null));
      expect(deaths.map(({ reason, comesBack }) => [reason.kind, comesBack])).to.deep.equal([
        ['exit', true],
        ['killed', false],
      ]);
    });
  }

  it('comes back as often as it dies: that takes no more of the names that a context can know', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter, {
      thread: 'shared',
      supervise: { max: Infinity, backoff: [0, 0] },
    });
    // So that the thread stays.
    await sys.spawn<typeof Counter>(counter, { thread: 'shared' });
    const known = (): number => namesOf(sys.context);
    const die = async (times: number): Promise<void> => {
      for (let died = 0; died < times; died++) await count.tell('fail', `${died}`);
    };
    // Names rest before they are used again.
    await die(100);
    expect(await restartsOf(count)).to.equal(100);
    const before = known();
    await die(100);
    expect(await restartsOf(count)).to.equal(200);
    expect(known()).to.equal(before);
  });

  it('tells everyone of its end with its system, also those whose references end with it', async () => {
    const sys = await open();
    const actors = await Promise.all(
      ['one', 'other'].map((name) =>
        sys.spawn<typeof Counter>(counter, { name, at: `inproc://${name}`, supervise: {} }),
      ),
    );
    const refs = [...actors, ...actors.map(({ endpoint }) => sys.ref<typeof Counter>(endpoint))];
    const heard = refs.map((each) => {
      const deaths: [string, boolean][] = [];
      each.watch(({ reason, comesBack }) => deaths.push([reason.kind, comesBack]));
      return deaths;
    });
    await Promise.all(refs.map(restartsOf));
    await sys.shutdown();
    for (const deaths of heard) expect(deaths).to.deep.equal([['stopped', false]]);
  });

  describe('that is ended while it comes back', () => {
    /** Its second incarnation waits at the gate before it is ready. */
    const late = (): string =>
      source(`import { actor } from '${ACTORS}';
        export default actor()({
          setup: ({ data, restarts }) => {
            if (restarts === 0) return;
            const words = new Int32Array(data);
            Atomics.add(words, 1, 1);
            Atomics.notify(words, 1);
            Atomics.wait(words, 0, 0);
          },
          on: { leave: () => process.exit(1), restarts: (_request, _state, { restarts }) => restarts },
        });`);

    for (const thread of ['own', 'shared'] as const) {
      it(`is stopped when it has handled its mailbox, on a thread of ${thread === 'own' ? 'its own' : 'several'}`, async () => {
        const sys = await open({ warm: 0 });
        const blocked = gate();
        const threads = new Threads();
        const options = { data: blocked.buffer, supervise: {}, thread };
        const count = await sys.spawn<typeof Counter>(late(), options);
        await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 1));
        await blocked.waits(1);
        const asked = restartsOf(count);
        // It waits in the mailbox by then.
        await new Promise((resolve) => setImmediate(resolve));
        const stopped = count.stop();
        blocked.open();
        expect(await asked).to.equal(1);
        expect(await stopped).to.deep.equal({ kind: 'stopped' });
        // The context's I/O worker stays.
        await threads.ended(1);
        threads.close();
      });
    }

    it('is over when its signal is aborted', async () => {
      const sys = await open();
      const blocked = gate();
      const abort = new AbortController();
      const count = await sys.spawn<typeof Counter>(late(), {
        ...{ data: blocked.buffer, signal: abort.signal },
        supervise: { max: Infinity, backoff: [0, 0] },
      });
      await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 1));
      await blocked.waits(1);
      abort.abort();
      expect(await count.done).to.deep.equal({ kind: 'killed', by: 'signal' });
    });

    it('is killed, if it is not ready in time', async () => {
      const sys = await open({ warm: 0 });
      const threads = new Threads();
      const blocked = gate();
      const options = { data: blocked.buffer, supervise: {} };
      const count = await sys.spawn<typeof Counter>(late(), options);
      await actorFailure('ERR_ACTOR_DIED', count.ask('leave', 1));
      await blocked.waits(1);
      expect(await count.stop({ timeout: 50 })).to.deep.equal({
        ...{ kind: 'killed', by: 'stop-timeout' },
      });
      // The context's I/O worker stays.
      await threads.ended(1);
      threads.close();
    });
  });

  describe('of several instances, of which one is ready before another', () => {
    /** The second to be set up waits at the gate. */
    const uneven = source(`import { actor } from '${ACTORS}';
      export default actor()({
        setup: ({ data }) => {
          const words = new Int32Array(data);
          const before = Atomics.add(words, 1, 1);
          Atomics.notify(words, 1);
          if (before === 1) Atomics.wait(words, 0, 0);
          return before;
        },
        on: { which: (_request, before) => before, leave: () => process.exit(1) },
      });`);

    it('has it again, though the other is still starting', async () => {
      const sys = await open();
      const blocked = gate();
      const early = sys.ref('inproc://early');
      const comesBack = new Promise((resolve) => early.watch((death) => resolve(death.comesBack)));
      const options = { at: 'inproc://early', threads: 2, data: blocked.buffer, supervise: {} };
      const spawning = sys.spawn<AnyActor>(uneven, options);
      await blocked.waits(2);
      await actorFailure('ERR_ACTOR_DIED', early.ask('leave', null));
      expect(await comesBack).to.equal(true);
      expect(await early.ask('which', null)).to.equal(2);
      blocked.open();
      const actor = await spawning;
      expect(actor.restarts).to.equal(1);
      expect(await actor.stop()).to.deep.equal({ kind: 'stopped' });
    });

    it('is given up with it if it dies too often, and cannot be started', async () => {
      const threads = new Threads();
      // What is in the middle of its start is killed then.
      const sys = await open({ warm: 0, linger: 10 });
      const blocked = gate();
      const early = sys.ref('inproc://early');
      const supervise = { max: 0 };
      const options = { at: 'inproc://early', threads: 2, data: blocked.buffer, supervise };
      const spawning = actorFailure('ERR_ACTOR_RESTARTS', sys.spawn(uneven, options));
      await blocked.waits(2);
      await actorFailure('ERR_ACTOR_DIED', early.ask('leave', null));
      await spawning;
      // The context's I/O worker stays.
      await threads.ended(1);
      threads.close();
    });
  });

  it('has others come back with it when the one that is being started is there', async () => {
    const sys = await open();
    const group = sys.supervisor({ strategy: 'one-for-all' });
    const older = await group.spawn<typeof Counter>(counter, { name: 'older' });
    const blocked = gate();
    const slow = source(`import { actor } from '${ACTORS}';
      export default actor()({
        setup: ({ data }) => {
          const words = new Int32Array(data);
          Atomics.add(words, 1, 1);
          Atomics.notify(words, 1);
          Atomics.wait(words, 0, 0);
        },
        on: { restarts: (_request, _state, { restarts }) => restarts },
      });`);
    const spawning = group.spawn<typeof Counter>(slow, { name: 'slow', data: blocked.buffer });
    await blocked.waits(1);
    await actorFailure('ERR_ACTOR_DIED', older.ask('leave', 1));
    blocked.open();
    const younger = await spawning;
    expect(await restartsOf(older)).to.equal(1);
    expect(await restartsOf(younger)).to.equal(1);
  });

  it('that dies too often is given up, with a reason that says so', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter, {
      supervise: { max: 2, within: 600_000, backoff: [0, 0] },
    });
    const deaths: Death[] = [];
    count.watch((death) => deaths.push(death));
    for (let i = 0; i < 3; i++) await count.tell('fail', `${i}`);
    const asking = actorFailure('ERR_ACTOR_RESTARTS', count.ask('count', null));
    const reason = await count.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.include({ name: 'ActorError', code: 'ERR_ACTOR_RESTARTS' });
    expect((reason.error as Error).cause)
      .to.be.instanceOf(RangeError)
      .with.property('message', '2');
    await asking;
    expect(deaths.map(({ comesBack }) => comesBack)).to.deep.equal([true, true, false]);
    await actorFailure('ERR_ACTOR_RESTARTS', count.tell('add', 1));
  });

  const strategies: [Strategy, number[]][] = [
    ['one-for-one', [0, 1, 0]],
    ['rest-for-one', [0, 1, 1]],
    ['one-for-all', [1, 1, 1]],
  ];
  for (const [strategy, expected] of strategies) {
    it(`has others come back with it: ${strategy}`, async () => {
      const sys = await open();
      const group = sys.supervisor({ strategy });
      const children: ActorHandle<typeof Counter>[] = [];
      for (const name of ['first', 'second', 'third']) {
        children.push(await group.spawn<typeof Counter>(counter, { name }));
      }
      const deaths = children.map((child) => {
        const heard: string[] = [];
        child.watch(({ reason }) => heard.push(reason.kind));
        return heard;
      });
      await children[1]!.tell('fail', 'the second');
      // It answers once it is back, and those before it in the order of their restarts are then back as well.
      expect(await restartsOf(children[1]!)).to.equal(1);
      expect(await Promise.all(children.map(restartsOf))).to.deep.equal(expected);
      const kinds = expected.map((died, at) =>
        died === 0 ? [] : [at === 1 ? 'error' : 'stopped'],
      );
      expect(deaths).to.deep.equal(kinds);
    });
  }

  it('that is given up takes its group along', async () => {
    const sys = await open();
    const group = sys.supervisor({ max: 0 });
    const [a, b] = [
      await group.spawn<typeof Counter>(counter),
      await group.spawn<typeof Counter>(counter),
    ];
    await a.tell('fail', 'at once');
    for (const child of [a, b]) {
      const reason = await child.done;
      if (reason.kind !== 'error') expect.fail(reason.kind);
      expect(reason.error).to.have.property('code', 'ERR_ACTOR_RESTARTS');
    }
  });

  it('that is killed at random under load: each survivor hears of each death exactly once', async () => {
    const sys = await open({ warm: 2 });
    const random = new Random(7);
    const kills = 30;
    const actors: ActorHandle<typeof Counter>[] = [];
    for (let i = 0; i < 3; i++) {
      actors.push(
        await sys.spawn<typeof Counter>(counter, {
          at: `inproc://victim-${i}`,
          supervise: { max: Infinity, backoff: [0, 0] },
        }),
      );
    }
    // Two who watch each of them, beside whoever has started it.
    const heard = actors.map((actor) =>
      [actor, sys.ref<typeof Counter>(actor.endpoint), sys.ref<typeof Counter>(actor.endpoint)].map(
        (ref) => {
          const deaths: Death[] = [];
          ref.watch((death) => deaths.push(death));
          return { ref, deaths };
        },
      ),
    );
    let running = true;
    let answered = 0;
    const load = actors.map(async (actor) => {
      while (running) {
        await actor.tell('add', 1);
        try {
          await actor.ask('count', null);
          answered++;
        } catch (error) {
          expect(error).to.have.property('code', 'ERR_ACTOR_DIED');
        }
      }
    });
    const killed = actors.map(() => 0);
    for (let i = 0; i < kills; i++) {
      const at = random.below(actors.length);
      killed[at]!++;
      await actorFailure('ERR_ACTOR_DIED', actors[at]!.ask('leave', i));
    }
    running = false;
    await Promise.all(load);
    expect(answered).to.be.greaterThan(0);
    // An answer comes behind what was told of deaths before.
    for (const [at, refs] of heard.entries()) {
      for (const { ref, deaths } of refs) {
        expect(await restartsOf(ref)).to.equal(killed[at]);
        expect(deaths.map(({ reason }) => reason.kind)).to.deep.equal(
          Array.from({ length: killed[at]! }, () => 'exit'),
        );
      }
    }
    expect((await sys.shutdown()).forced).to.deep.equal([]);
  });
});

describe('Restart intensity', () => {
  it('counts what falls within its time, and pauses twice as long each time', () => {
    const intensity = new Intensity({ max: 3, within: 1_000, backoff: [100, 350] });
    expect([0, 1, 2].map((now) => intensity.died(now))).to.deep.equal([100, 200, 350]);
    expect(intensity.died(999)).to.equal(undefined);
    expect(intensity.died(5_000)).to.equal(100);
  });

  it('restarts at once the first time, if nothing is said', () => {
    const intensity = new Intensity({});
    expect([0, 0, 0, 0].map((now) => intensity.died(now))).to.deep.equal([0, 10, 20, undefined]);
  });
});
