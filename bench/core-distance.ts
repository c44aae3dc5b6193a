import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BACK, LINES_BYTES, ROUND, THERE, TRIPS } from './core-echo.js';

const WINDOWS = 8;

/**
 * How far two cores are from each other: what a word takes from one to the other. On a virtual machine they can be
 * threads of one core for some minutes, and then on two sockets, and what passes between threads differs by as much.
 */
export class CoreDistance {
  readonly #words = new Int32Array(new SharedArrayBuffer(LINES_BYTES));
  readonly #echo: Worker | undefined;

  constructor() {
    if (availableParallelism() < 2) return;
    this.#echo = new Worker(new URL('core-echo.js', import.meta.url), { workerData: this.#words });
    this.#echo.unref();
  }

  /** Nanoseconds for one way; undefined on a single core. Takes some 50 ms, in which two cores are busy. */
  measure(): number | undefined {
    if (this.#echo === undefined) return undefined;
    let least = Infinity;
    // The least: a window in which a thread has to wait for its core says something else.
    for (let window = 0; window < WINDOWS; window++) least = Math.min(least, this.#window());
    return least;
  }

  #window(): number {
    const words = this.#words;
    Atomics.store(words, THERE, 0);
    Atomics.store(words, BACK, 0);
    Atomics.add(words, ROUND, 1);
    Atomics.notify(words, ROUND);
    let begun = 0n;
    for (let trip = 1; trip <= TRIPS; trip++) {
      Atomics.store(words, THERE, trip);
      while (Atomics.load(words, BACK) !== trip);
      // Only now is the other thread awake.
      if (trip === 1) begun = process.hrtime.bigint();
    }
    return Number(process.hrtime.bigint() - begun) / (2 * (TRIPS - 1));
  }
}
