import type { Work } from '../work.js';

/** Some 10 µs of a processor. */
const STEPS = 5_000;
/** Some 1 µs. */
const TINY_STEPS = 500;

/** What a task does: numbers from a seed, of which the last is its result. */
export function compute(seed: number): number {
  return lastOf(seed, STEPS);
}

export function computeTiny(seed: number): number {
  return lastOf(seed, TINY_STEPS);
}

/** The tasks of a pool: a module for its threads, and what they do there. */
export function tasksOf({ pattern }: Work): { module: URL; does: (seed: number) => number } {
  const tiny = pattern === 'tiny-pool';
  const file = tiny ? './tiny-worker.js' : './piscina-worker.js';
  return { module: new URL(file, import.meta.url), does: tiny ? computeTiny : compute };
}

function lastOf(seed: number, steps: number): number {
  let x = seed | 1;
  for (let step = 0; step < steps; step++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x >>> 0;
}

/** Tasks take their seeds in turn from so many. */
const SEEDS = 64;

export function seedOf(task: number): number {
  return (task % SEEDS) * 2 + 1;
}

/** Checks that the results of tasks 0 to `count` were these, in any order. */
export class TaskResults {
  #sum = 0;
  #expected = 0;
  readonly #known: readonly number[];

  constructor(does = compute) {
    this.#known = Array.from({ length: SEEDS }, (_, n) => does(seedOf(n)));
  }

  add(result: number): void {
    this.#sum += result;
  }

  check(count: number): void {
    for (let task = 0; task < count; task++) this.#expected += this.#known[task % SEEDS]!;
    if (this.#sum !== this.#expected) throw new Error('the results are not those of the tasks');
  }
}
