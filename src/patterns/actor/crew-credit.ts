/** Work that a thread is to have in stock: enough to bridge the way to the dispatcher and back, also on a busy machine. */
const STOCK_MICROSECONDS = 5000;
/** A job that takes longer waits for no other: what a thread has in stock nobody else can take. */
const LONG_MICROSECONDS = 20_000;
const MOST = 512;
/** Before the first result nobody knows how long they take. */
const FIRST = 1;
/**
 * Of what is measured anew. Time is measured by the clock, so a thread that had to wait for a processor seems slow: what is
 * longer than before counts for less.
 */
const WEIGHT_OF_SHORTER = 0.5;
const WEIGHT_OF_LONGER = 0.1;

/**
 * How many jobs a thread may have at once: as many as it finishes in five milliseconds, going by those that it has
 * finished. So a slow thread gets less, and little tasks go in large batches.
 */
export class Credit {
  #microseconds = 0;
  #amount: number;

  /** @param fixed an amount that stays as it is */
  constructor(private readonly fixed?: number) {
    this.#amount = fixed ?? FIRST;
  }

  get amount(): number {
    return this.#amount;
  }

  /** Microseconds of a job, by the last ones; 0 before the first. */
  get perJob(): number {
    return this.#microseconds;
  }

  /** @param microseconds that the thread spent on `jobs` */
  learn(microseconds: number, jobs: number): void {
    const measured = Math.max(microseconds / jobs, 0.1);
    const change = measured - this.#microseconds;
    const weight = change < 0 ? WEIGHT_OF_SHORTER : WEIGHT_OF_LONGER;
    this.#microseconds += this.#microseconds === 0 ? measured : change * weight;
    if (this.fixed !== undefined) return;
    this.#amount =
      this.#microseconds > LONG_MICROSECONDS
        ? 1
        : Math.min(MOST, Math.ceil(STOCK_MICROSECONDS / this.#microseconds) + 1);
  }
}
