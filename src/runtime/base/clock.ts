/** Looks at two clocks that make it very improbable that the thread is interrupted in all of them. */
const LOOKS = 5;

/** What `performance.now` counts from in this thread; `hrtime` counts from the same for all of them. */
const ORIGIN = origin();

/** Differences above it are what two threads make of the same millisecond. */
const ROUNDED_BELOW_ZERO = 2 ** 32 - 1000;

/**
 * Milliseconds of a clock that never jumps and is the same for all threads of the process, as a 32-bit
 * word: so one thread can say in shared memory since when it waits, and another tell how long. It wraps
 * after 49 days, and is good for differences only.
 */
export function coarseNow(): number {
  return (performance.now() + ORIGIN) | 0;
}

/** Milliseconds from `then` until `now`, both by `coarseNow`. */
export function elapsed(now: number, then: number): number {
  const milliseconds = (now - then) >>> 0;
  return milliseconds > ROUNDED_BELOW_ZERO ? 0 : milliseconds;
}

function origin(): number {
  let best = -Infinity;
  // Whoever is interrupted between the two finds too little.
  for (let i = 0; i < LOOKS; i++) best = Math.max(best, hrtimeMilliseconds() - performance.now());
  return best;
}

function hrtimeMilliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
