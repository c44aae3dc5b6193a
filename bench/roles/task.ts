/** Some 10 µs of a processor. */
const STEPS = 5_000;

/** What a task does: numbers from a seed, of which the last is its result. */
export function compute(seed: number): number {
  let x = seed | 1;
  for (let step = 0; step < STEPS; step++) {
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
  readonly #known = Array.from({ length: SEEDS }, (_, n) => compute(seedOf(n)));

  add(result: number): void {
    this.#sum += result;
  }

  check(count: number): void {
    for (let task = 0; task < count; task++) this.#expected += this.#known[task % SEEDS]!;
    if (this.#sum !== this.#expected) throw new Error('the results are not those of the tasks');
  }
}
