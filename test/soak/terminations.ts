import { Context, Pull } from '../../src/index.js';
import { Random } from '../support/random.js';
import { collectGarbage } from './garbage.js';
import type { Race, RaceReport } from './racer.js';
import type { Soak } from './soak.js';
import { type SoakThread, withThreads } from './threads.js';

const TERMINATIONS = 10_000;
const RACERS = 2;
/** The smallest arena there is: ten thousand of them come and go. */
const ARENA_BYTES = 2 ** 24;
/** Contexts that are over are collected this often, since nothing tells the engine how large they are. */
const COLLECTED = 50;
/** One in so many races has an I/O worker and goes over tcp too: its start takes the longest. */
const TCP_EVERY = 4;
/** A racer terminates, or the main thread comes to it, within so many steps. */
const STEPS_MOST = 40;

/**
 * Contexts are terminated while threads send, receive, connect, bind, open and close in them, blocking
 * and awaiting. Everything ends, in each thread, and with nothing but ETERM.
 */
export const terminations: Soak = {
  name: 'terminations',
  async run(stint) {
    const races = stint.share(TERMINATIONS, 8);
    const ends: Record<string, number> = {};
    let operations = 0;
    await withThreads('racer.js', async (racers) => {
      for (let race = 0; race < races; race++) {
        const seed = stint.random.next();
        stint.advance(race, races, 'terminations', `seed ${seed}`);
        for (const report of await terminate(seed, race, racers)) {
          ends[report.endedIn] = (ends[report.endedIn] ?? 0) + 1;
          operations += report.operations;
        }
      }
    });
    const verdict =
      `${races} terminations came upon ${operations} operations of ${RACERS} threads; all ended. ` +
      `The last operation was ${Object.entries(ends)
        .map(([what, times]) => `${what} ${times} times`)
        .join(', ')}.`;
    return { verdict, terminations: races, operations, ends };
  },
};

/** One context, from its beginning to its end. */
async function terminate(
  seed: number,
  number: number,
  racers: readonly SoakThread[],
): Promise<readonly RaceReport[]> {
  const random = new Random(seed);
  const tcp = random.below(TCP_EVERY) === 0;
  const context = new Context({ arenaSize: ARENA_BYTES, ioThreads: tcp ? 1 : 0 });
  const endpoints = ['inproc://one', 'inproc://two'];
  const wildcards = [...endpoints];
  const pull = new Pull({ context, linger: 0 });
  if (tcp) {
    await pull.bind('tcp://127.0.0.1:*');
    endpoints.push(pull.lastEndpoint!);
    wildcards.push('tcp://127.0.0.1:*');
  }
  // The one who ends it: one of the racers, or the main thread.
  const ender = random.below(RACERS + 1);
  const collect = number % COLLECTED === 0;
  const races = racers.map((racer, index) =>
    racer.run({
      handle: context.handle,
      seed: random.next(),
      endpoints,
      wildcards,
      terminatesAfter: index === ender ? random.below(STEPS_MOST) : -1,
      collect,
    } satisfies Race),
  );
  const received = drain(pull);
  if (ender === RACERS) {
    for (let turns = random.below(STEPS_MOST); turns > 0; turns--) await turn();
  } else {
    await received;
  }
  // Where a racer has terminated it this joins in, and waits for the other one, too.
  const ended = context.terminate();
  pull.close();
  const reports = await Promise.all([...races, ended, received]);
  if (collect) collectGarbage();
  return reports.slice(0, racers.length) as RaceReport[];
}

/** Receives until the context's end. */
async function drain(pull: Pull): Promise<void> {
  try {
    for (;;) await pull.receive();
  } catch (error) {
    const { code } = error as { code?: string };
    // EAGAIN: it was closed before it had heard of the end.
    if (code !== 'ETERM' && code !== 'EAGAIN') throw error;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
