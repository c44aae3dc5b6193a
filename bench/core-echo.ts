// The other thread of CoreDistance: says each number that it is told.

import { isMainThread, workerData } from 'node:worker_threads';

/** Words of 4 bytes, each in a line of its own and far from the next. */
const APART = 64;
export const THERE = 0;
export const BACK = APART;
/** Counts the windows; the other thread sleeps until there is another. */
export const ROUND = 2 * APART;
export const LINES_BYTES = 3 * APART * 4;
/** Of a window. */
export const TRIPS = 2_000;

function echo(words: Int32Array): void {
  for (let round = 0; ; round++) {
    Atomics.wait(words, ROUND, round);
    for (let trip = 1; trip <= TRIPS; trip++) {
      while (Atomics.load(words, THERE) !== trip);
      Atomics.store(words, BACK, trip);
    }
  }
}

if (!isMainThread) echo(workerData as Int32Array);
