import { expect } from 'chai';
import {
  ActorError,
  type ActorHandle,
  type ActorRef,
  type Death,
  type System,
  system,
} from '../../src/actors.js';
import type Counter from '../actors/actors/counter.js';
import type * as Tasks from '../actors/pools/tasks.js';
import { Random } from '../support/random.js';
import type { Soak } from './soak.js';

const KILLS = 1000;
/** So many actors die in a system, beside the threads of a pipeline, and then another system begins. */
const AT_A_TIME = 25;
const ACTORS = 3;
/** Of each actor, beside whoever has started it. */
const WATCHERS = 2;
/** Items of the pipeline for each actor that dies. One in a hundred kills the thread of a stage that has it. */
const ITEMS = 40;
const STAGE_THREADS = 2;
/** What a system may take to shut down, in milliseconds. */
const SHUTDOWN = 20_000;

const COUNTER = new URL('../actors/actors/counter.js', import.meta.url);
const TASKS = new URL('../actors/pools/tasks.js', import.meta.url);

/** In each way that an actor can die of a message. */
const WAYS = ['exit', 'error'] as const;
type Way = (typeof WAYS)[number];

/**
 * Actors die under load, of requests and of messages, while threads of a pipeline die of its items. Everyone who watches hears
 * of each death exactly once and in their order, every item that was accepted comes through, and the system still
 * shuts down in time.
 */
export const actors: Soak = {
  name: 'actors',
  async run(stint) {
    const kills = stint.share(KILLS, 2);
    let done = 0;
    let systems = 0;
    const sum = { actors: 0, stages: 0, heard: 0, answered: 0, items: 0, retried: 0 };
    while (done < kills) {
      const seed = stint.random.next();
      stint.advance(done, kills, 'deaths', `seed ${seed}`);
      const advance = (more: number): void => stint.advance(done + more, kills, 'deaths');
      const round = await die(Math.min(AT_A_TIME, kills - done), seed, advance);
      for (const [name, count] of Object.entries(round)) sum[name as keyof typeof sum] += count;
      done = sum.actors + sum.stages;
      systems++;
    }
    const verdict =
      `${sum.actors} actors and ${sum.stages} threads of pipelines died under load, in ${systems} systems: ` +
      `the deaths were heard ${sum.heard} times, once by each who watched; ${sum.items} items were accepted and ` +
      `came through, ${sum.retried} of them given to another thread; each system shut down in order.`;
    return { verdict, systems, ...sum };
  },
};

type Round = Record<'actors' | 'stages' | 'heard' | 'answered' | 'items' | 'retried', number>;

async function die(kills: number, seed: number, advance: (died: number) => void): Promise<Round> {
  const random = new Random(seed);
  const sys = await system({ warm: 2 });
  const victims: Victim[] = [];
  for (let i = 0; i < ACTORS; i++) victims.push(await Victim.start(sys, i));
  const load = new AbortController();
  const loaded = Promise.all(victims.map((victim) => victim.load(load.signal)));
  const piped = pipe(sys, kills * ITEMS);
  // Awaited below; what goes wrong before is what counts.
  for (const promise of [loaded, piped]) promise.catch(() => undefined);
  for (let died = 0; died < kills; died++) {
    advance(died);
    await random.pick(victims).kill(random.pick(WAYS));
  }
  load.abort();
  const answers = await loaded;
  const { stages, items, retried } = await piped;
  let heard = 0;
  for (const victim of victims) heard += await victim.check();
  const { forced } = await sys.shutdown({ timeout: SHUTDOWN });
  expect(forced, 'forced').to.deep.equal([]);
  const answered = answers.reduce((all, some) => all + some, 0);
  expect(answered, 'answers under load').to.be.greaterThan(0);
  return { actors: kills, stages, heard, answered, items, retried };
}

/** An actor that is killed, and those who watch it. */
class Victim {
  private readonly died: Way[] = [];
  private readonly watchers: { readonly ref: ActorRef<typeof Counter>; readonly heard: Way[] }[];

  private constructor(
    private readonly actor: ActorHandle<typeof Counter>,
    sys: System,
  ) {
    const refs = Array.from({ length: WATCHERS }, () => sys.ref<typeof Counter>(actor.endpoint));
    this.watchers = [actor, ...refs].map((ref) => {
      const heard: Way[] = [];
      ref.watch(({ reason, comesBack }) => {
        expect(comesBack, 'comes back').to.equal(true);
        heard.push(reason.kind as Way);
      });
      return { ref, heard };
    });
  }

  static async start(sys: System, number: number): Promise<Victim> {
    const actor = await sys.spawn<typeof Counter>(COUNTER, {
      at: `inproc://victim-${number}`,
      supervise: { max: Infinity, backoff: [0, 0] },
    });
    return new Victim(actor, sys);
  }

  /** Keeps it at work. @returns how many requests it has answered */
  async load(signal: AbortSignal): Promise<number> {
    let answered = 0;
    while (!signal.aborted) {
      await this.actor.tell('add', 1);
      try {
        await this.actor.ask('count', null);
        answered++;
      } catch (error) {
        if (!diedOf(error)) throw error;
      }
    }
    return answered;
  }

  /** Resolves when whoever has started it knows. */
  async kill(way: Way): Promise<void> {
    const known = this.nextDeath();
    if (way === 'error') {
      await this.actor.tell('fail', 'as it was told');
    } else {
      const error = await this.actor.ask('leave', 1).catch((reason: unknown) => reason);
      if (!diedOf(error)) throw error as Error;
    }
    await known;
    this.died.push(way);
  }

  /** @returns how often the deaths were heard of, which is as often as there are watchers */
  async check(): Promise<number> {
    let times = 0;
    for (const { ref, heard } of this.watchers) {
      // An answer comes behind what was told of deaths before.
      expect(await ref.ask('restarts', null), 'restarts').to.equal(this.died.length);
      expect(heard, 'deaths heard').to.deep.equal(this.died);
      times += heard.length;
    }
    return times;
  }

  private nextDeath(): Promise<Death> {
    return new Promise((resolve) => {
      const off = this.actor.watch((death) => {
        off();
        resolve(death);
      });
    });
  }
}

async function pipe(
  sys: System,
  items: number,
): Promise<{ stages: number; items: number; retried: number }> {
  const seen = new Set<number>();
  const stage = { task: 'dieAtRandom', threads: STAGE_THREADS, credit: 8 } as const;
  const { accepted, delivered, stages } = await sys
    .pipeline({ retry: 1000 })
    .source(Array.from({ length: items }, (_, number) => number))
    .stage<typeof Tasks.dieAtRandom>(TASKS, stage)
    .stage<typeof Tasks.dieAtRandom>(TASKS, stage)
    .sink((number) => seen.add(number))
    .run();
  expect({ accepted, delivered, seen: seen.size }).to.deep.equal({
    ...{ accepted: items, delivered: items, seen: items },
  });
  const sum = (of: 'deaths' | 'retried'): number => stages.reduce((all, each) => all + each[of], 0);
  return { stages: sum('deaths'), items: accepted, retried: sum('retried') };
}

function diedOf(error: unknown): boolean {
  return error instanceof ActorError && error.code === 'ERR_ACTOR_DIED';
}
