import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BACK, LINES_BYTES, ROUND, THERE, TRIPS } from './core-echo.js';

const WINDOWS = 8;
/** Milliseconds after which a window is given up: the threads share one core, or the other is not there. */
const PATIENCE = 1_000;
/** Looks between two at the clock. */
const LOOKS = 10_000;

/**
 * How far two cores are from each other: what a word takes from one to the other. On a virtual machine they can be
 * threads of one core for some minutes, and then on two sockets, and what passes between threads differs by as much.
 */
export class CoreDistance {
  readonly #words = new Int32Array(new SharedArrayBuffer(LINES_BYTES));
  #echo: Worker | undefined;

  constructor() {
    if (availableParallelism() < 2) return;
    this.#echo = new Worker(new URL('core-echo.js', import.meta.url), { workerData: this.#words });
    this.#echo.unref();
  }

  /**
   * Nanoseconds for one way; undefined on a single core, or if the other thread does not answer. Of more than two cores, some two.
   * Takes 1 to 20 ms, in which two cores are busy, and the first time until the other thread has started.
   */
  measure(): number | undefined {
    if (this.#echo === undefined) return undefined;
    let least = Infinity;
    // The least: a window in which a thread has to wait for its core says something else.
    for (let window = 0; window < WINDOWS; window++) {
      const nanoseconds = this.#window();
      if (nanoseconds === undefined) return undefined;
      least = Math.min(least, nanoseconds);
    }
    return least;
  }

  #window(): number | undefined {
    const words = this.#words;
    Atomics.store(words, THERE, 0);
    Atomics.store(words, BACK, 0);
    Atomics.add(words, ROUND, 1);
    Atomics.notify(words, ROUND);
    const deadline = performance.now() + PATIENCE;
    let begun = 0n;
    for (let trip = 1; trip <= TRIPS; trip++) {
      Atomics.store(words, THERE, trip);
      for (let looks = 1; Atomics.load(words, BACK) !== trip; looks++) {
        if (looks % LOOKS === 0 && performance.now() > deadline) return this.#giveUp();
      }
      // Only now is the other thread awake.
      if (trip === 1) begun = process.hrtime.bigint();
    }
    return Number(process.hrtime.bigint() - begun) / (2 * (TRIPS - 1));
  }

  /** It may be anywhere in its window, and is not asked again. */
  #giveUp(): undefined {
    void this.#echo?.terminate();
    this.#echo = undefined;
    return undefined;
  }
}
