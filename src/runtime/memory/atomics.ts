/**
 * The one door to `Atomics`. Everything shared between threads goes through these functions, so the
 * interleaving search can turn each call into a step, and a reader can find every one of them.
 *
 * All are sequentially consistent: a value stored here is seen by a later load of any thread, together
 * with every plain write that came before the store. Each costs about 10 ns, a plain access 1 ns.
 *
 * `at` is an index in 32-bit words.
 */

/** The arena as words. Plain reads of it are only for memory that one thread owns at the time. */
export type Words = Int32Array<SharedArrayBuffer>;

export function load(words: Words, at: number): number {
  return Atomics.load(words, at);
}

export function store(words: Words, at: number, value: number): void {
  Atomics.store(words, at, value);
}

/** Stores `value` and answers what was there. */
export function exchange(words: Words, at: number, value: number): number {
  return Atomics.exchange(words, at, value);
}

/** Stores `value` if `expected` is there. Answers what was there: success is `=== expected`. */
export function compareExchange(words: Words, at: number, expected: number, value: number): number {
  return Atomics.compareExchange(words, at, expected, value);
}

/** Adds and answers the value from before. */
export function add(words: Words, at: number, value: number): number {
  return Atomics.add(words, at, value);
}

/**
 * Wakes everyone who waits on the word. Never with a count: one of 1 could wake a stale asynchronous
 * waiter of a thread whose blocked one sleeps on. It takes a lock of the whole process, so it is
 * called only when somebody sleeps.
 */
export function notify(words: Words, at: number): void {
  Atomics.notify(words, at);
}

/** Blocks the thread while the word holds `value`, `timeout` milliseconds at most. */
export function wait(words: Words, at: number, value: number, timeout: number): void {
  Atomics.wait(words, at, value, timeout);
}

/**
 * A promise for the next notify of the word, or undefined if it no longer holds `value`. It does not
 * keep the event loop alive.
 */
export function waitAsync(words: Words, at: number, value: number): Promise<unknown> | undefined {
  const result = Atomics.waitAsync(words, at, value);
  return result.async ? result.value : undefined;
}

/** 64-bit compare-exchange, for the one table whose key does not fit a word. `at` counts 64-bit words. */
export function compareExchange64(
  words: BigInt64Array<SharedArrayBuffer>,
  at: number,
  expected: bigint,
  value: bigint,
): bigint {
  return Atomics.compareExchange(words, at, expected, value);
}
