import type { Words } from './atomics.js';

/**
 * A word of shared memory outside of any arena, for what one thread writes about itself and another reads only when
 * the first has ended: nothing of it is ever read and written at once, and it goes with the two that hold it.
 */
export function newWord(): Words {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
