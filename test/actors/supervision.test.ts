import { expect } from 'chai';
import { type ActorHandle, type ActorRef, type Death, type Strategy } from '../../src/actors.js';
import { Intensity } from '../../src/runtime/actor/intensity.js';
import { Random } from '../support/random.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { gate } from './support/gate.js';
import { endSystems, module, open } from './support/systems.js';

const counter = module('actors/counter');

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
