import { LITMUS_TESTS, LITMUS_WORDS, type LitmusPlan } from './litmus-tests.js';
import type { Soak } from './soak.js';
import { type SoakThread, withThreads } from './threads.js';

const ROUNDS = 10_000_000;

/**
 * Two threads at a time on two words: do the accesses of memory/atomics.ts forbid what the rings and
 * doorbells need forbidden, on this processor and this engine? The same with plain accesses is the
 * control: where it shows what is forbidden, this set-up can show it; where it does not, the
 * machine never does it (an x86 reorders a store and a later load, and nothing else), and the zero of
 * the atomic variant says no more than that.
 */
export const litmus: Soak = {
  name: 'litmus',
  run: (stint) =>
    withThreads('litmus-worker.js', async (threads) => {
      const rounds = stint.share(ROUNDS, 1000);
      const tests = [];
      for (const { name, variant, isControl, forbidden } of LITMUS_TESTS) {
        const what = `${name}, ${variant}:`;
        const outcomes = await play(threads, { name, variant, rounds }, (done) =>
          stint.advance(done, rounds, what),
        );
        const seen = outcomes[forbidden]!;
        if (!isControl && seen > 0) {
          throw new Error(`${name}, ${variant}: ${seen} of ${rounds} runs did what is forbidden`);
        }
        tests.push({
          name,
          variant,
          isControl,
          rounds,
          forbidden: seen,
          outcomes: named(outcomes),
        });
      }
      const controls = tests.filter(({ isControl }) => isControl);
      const shown = controls.filter(({ forbidden }) => forbidden > 0).map(({ name }) => name);
      const silent = controls.filter(({ forbidden }) => forbidden === 0).map(({ name }) => name);
      const atomic = (tests.length - controls.length) * rounds;
      const verdict =
        `${atomic} runs through atomics, nothing forbidden. With plain accesses it was seen in: ` +
        `${shown.join('; ') || 'none'}. This machine never showed it in: ${silent.join('; ') || 'none'}.`;
      return { verdict, tests, controlsThatShow: shown, controlsThatShowNothing: silent };
    }),
};

/** Runs one test; answers how often each outcome came. */
async function play(
  threads: readonly SoakThread[],
  plan: Omit<LitmusPlan, 'memory' | 'thread'>,
  done: (rounds: number) => void,
): Promise<readonly number[]> {
  const memory = new SharedArrayBuffer(LITMUS_WORDS * 4);
  const both = threads.map((one, thread) =>
    one.run({ ...plan, memory, thread } satisfies LitmusPlan, { done }),
  );
  return (await Promise.all(both))[0] as readonly number[];
}

/** How often each thread saw what: `first/second`, for whatever came. */
function named(outcomes: readonly number[]): Record<string, number> {
  const pairs = outcomes.map((times, pair) => [`${pair & 3}/${pair >> 2}`, times] as const);
  return Object.fromEntries(pairs.filter(([, times]) => times > 0));
}
