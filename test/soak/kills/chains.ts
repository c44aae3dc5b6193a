import { expect } from 'chai';
import type { Random } from '../../support/random.js';
import type { Doom } from './doomed-task.js';
import { markOf } from './marks.js';
import { Prey, type World } from './victims.js';
import { isLast, LAST_WAYS, TASK_WAYS, WAYS } from './ways.js';
import { newWords, spins } from './words.js';

/* Each kills some victims, one kill after the other, so that it knows of what each of them has to die. */

/** Comes back, as often as it dies. */
export const SUPERVISED = { supervise: { max: Infinity, backoff: [0, 0] } } as const;
const TASK = new URL('doomed-task.js', import.meta.url);
/** V8's limits for one that is to run out of memory. */
const LITTLE_MEMORY = { maxOldGenerationSizeMb: 64 } as const;

export interface Chain {
  readonly preys: readonly Prey[];
  /** Kills so often. `advance` is told of each. */
  run(kills: number, advance: () => void): Promise<void>;
}

/** What a chain is made of: its victims are alive when it resolves. */
export type Start = (world: World, random: Random, name: string) => Promise<Chain>;

function chain(
  preys: readonly Prey[],
  kill: () => Promise<void>,
  each?: (prey: Prey) => void,
): Chain {
  return {
    preys,
    async run(kills, advance) {
      for (let killed = 0; killed < kills; killed++) {
        await kill();
        for (const prey of preys) {
          prey.check();
          each?.(prey);
        }
        advance();
      }
      for (const prey of preys) await prey.seeOff();
    },
  };
}

/**
 * One that comes back, on a thread of its own; now and then its next incarnation dies in its `setup`. If it is ended for
 * good another takes its name.
 */
export function supervised(at?: string): Start {
  return async (world, random, name) => {
    const options = at === undefined ? SUPERVISED : { ...SUPERVISED, at };
    const prey = await Prey.start(world, name, options);
    return chain(
      [prey],
      async () => {
        if (random.below(4) === 0) await prey.visit();
        if (random.below(6) === 0) {
          await prey.seeOff();
          await prey.succeeded(await prey.finish(random.pick(LAST_WAYS)));
          return;
        }
        const stillborn = random.below(10) === 0;
        const marks: string[] = stillborn ? [prey.stillbirth(world.nextKill())] : [];
        await prey.died(await prey.hurt(random.pick(WAYS), world.nextKill()), ...marks);
        await prey.back();
      },
      () => expect(prey.born, `${name}: born`).to.equal(1 + prey.deaths.length),
    );
  };
}

/** One that does not come back from anything: another takes its name and its endpoint. */
export const mortal: Start = async (world, random, name) => {
  const prey = await Prey.start(world, name, {});
  return chain([prey], async () => {
    const way = random.pick([...WAYS, ...LAST_WAYS]);
    const mark = isLast(way) ? await prey.finish(way) : await prey.hurt(way, world.nextKill());
    await prey.succeeded(mark);
  });
};

/** One that comes back, and runs out of memory. */
export const hungry: Start = async (world, _random, name) => {
  const prey = await Prey.start(world, name, { ...SUPERVISED, resourceLimits: LITTLE_MEMORY });
  return chain([prey], async () => {
    await prey.handle.tell('devour', null);
    await prey.died('out-of-memory');
    await prey.back();
  });
};

/** Three instances behind one mailbox. */
export const several: Start = async (world, random, name) => {
  const threads = 3;
  const prey = await Prey.start(world, name, { ...SUPERVISED, threads });
  return chain([prey], async () => {
    const way = random.pick(WAYS.filter((each) => each !== 'terminate'));
    await prey.died(await prey.hurt(way, world.nextKill()));
    // Any of them answers, so an answer says nothing.
    while (prey.handle.restarts < prey.deaths.length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(prey.born, `${name}: born`).to.equal(threads + prey.deaths.length);
  });
};

/** One that is stopped at once may stop just before its thread is ended for it: then nobody knows who dies with it. */
const LAST_WAYS_SHARED = LAST_WAYS.filter((way) => way !== 'stopAtOnce');

/** On the shared thread: two that come back and one that does not, whose end takes the others along. */
export const sharing: Start = async (world, random, name) => {
  const shared = { thread: 'shared' } as const;
  const others: Prey[] = [];
  for (const one of ['one', 'other']) {
    others.push(await Prey.start(world, `${name}-${one}`, { ...SUPERVISED, ...shared }));
  }
  const last = await Prey.start(world, `${name}-mortal`, shared);
  const all = [...others, last];
  const die = async (prey: Prey, mark: string): Promise<void> => {
    if (prey === last) await prey.succeeded(mark);
    else await prey.died(mark);
  };
  return chain(all, async () => {
    const way = random.pick([...WAYS, ...LAST_WAYS_SHARED]);
    const prey = isLast(way) ? last : random.pick(all);
    if (isLast(way)) {
      const mark = await prey.finish(way);
      for (const each of others) await each.died(`killed by neighbour ${last.name}`);
      await die(last, mark);
    } else {
      const mark = await prey.hurt(way, world.nextKill());
      // What a handler throws is the end of its own actor only; anything else is the thread's.
      for (const each of way === 'throw' ? [prey] : all) await die(each, mark);
    }
    for (const each of others) await each.back();
  });
};

/** Tasks, of whose deaths whoever has started them hears by `done`, and whoever waits at their pipe. */
export const tasks: Start = (world, random, name) =>
  Promise.resolve(
    chain([], async () => {
      const way = random.pick([...TASK_WAYS, ...LAST_WAYS]);
      const kill = world.nextKill();
      const [words, abort] = [newWords(), new AbortController()];
      const task = await world.sys.spawn(TASK, {
        ...{ name, signal: abort.signal },
        data: { way, kill, buffer: words.buffer } satisfies Doom,
      });
      await task.pipe.send('echo');
      expect(String((await task.pipe.receive())[0])).to.equal('echo');
      const waiting = task.pipe.receive().then(String, (error: unknown) => error);
      await task.pipe.send('now');
      let mark = way === 'exit' ? `exit ${kill}` : `error kill ${kill}`;
      if (isLast(way)) {
        if (way !== 'stopAtOnce') await spins(words);
        if (way === 'kill') await task.kill();
        else if (way === 'abort') abort.abort();
        else await task.stop({ timeout: way === 'spin' ? 20 : 0 });
        mark = `killed by ${way === 'kill' ? 'kill' : way === 'abort' ? 'signal' : 'stop-timeout'}`;
      }
      expect(markOf(await task.done), name).to.equal(mark);
      expect(await waiting, `${name}: its pipe`).to.have.property('code', 'ERR_ACTOR_DIED');
    }),
  );

/** Three that are restarted together: all of them, or those that are younger than the one that has died. */
export function together(strategy: 'one-for-all' | 'rest-for-one'): Start {
  return async (world, random, name) => {
    const group = world.sys.supervisor({ strategy, ...SUPERVISED.supervise });
    const all: Prey[] = [];
    for (const one of ['oldest', 'middle', 'youngest']) {
      all.push(await Prey.start(world, `${name}-${one}`, {}, group));
    }
    return chain(all, async () => {
      const at = random.below(all.length);
      const concerned = strategy === 'one-for-all' ? all : all.slice(at);
      const bystanders = concerned.filter((each) => each !== all[at]);
      // One that does not stop is killed when the system's linger is over.
      const spinning = random.below(8) === 0 ? bystanders.at(-1) : undefined;
      await spinning?.spin();
      await all[at]!.died(await all[at]!.hurt(random.pick(WAYS), world.nextKill()));
      for (const each of bystanders) {
        if (each === spinning) await each.died('killed by stop-timeout');
        // On a machine that is late it may be killed, too.
        else await each.diedOfOne(['stopped', 'killed by stop-timeout']);
      }
      for (const each of all) await each.back();
    });
  };
}
