/*
 * What all incarnations of a victim share with whoever kills them: words of a SharedArrayBuffer, which is their
 * data. They count on when an incarnation dies, whoever tells of that or does not.
 */

/** How often `setup` has begun. The incarnations add to it. */
export const BORN = 0;
/** Messages `count` that have been handled. The incarnations add to it. */
export const HANDLED = 1;
/** Node's number of the thread of the last incarnation, which stores it. */
export const THREAD = 2;
/** The number of the kill of which the next incarnation dies in its `setup`, or 0. The killer stores it. */
export const STILLBORN = 3;
/** 1 when the incarnation spins for ever, which it stores; the killer takes it back. */
export const SPINNING = 4;

export function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(5 * Int32Array.BYTES_PER_ELEMENT));
}

/** Resolves when it spins. */
export async function spins(words: Int32Array): Promise<void> {
  while (Atomics.load(words, SPINNING) === 0) await Atomics.waitAsync(words, SPINNING, 0).value;
  Atomics.store(words, SPINNING, 0);
}
