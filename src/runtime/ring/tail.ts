/**
 * The word in which a producer says how far it has published and a consumer that it rests, so that one atomic operation
 * does for both: whoever changes it learns what the other had said.
 *
 *     ┌ position, its lower 31 bits ─┬ 1 bit ┐
 *     │ end of the last message      │ RESTS │
 *     └──────────────────────────────┴───────┘
 *
 * libzmq's ypipe does the same with the pointer that its two threads exchange (`c`, NULL while the reader sleeps).
 */

/** The consumer has read everything, and forgets the ring until the data node is pushed. */
const RESTS = 1;

/** What a producer publishes: the consumer is at work on what ends at `position`. */
export function atWork(position: number): number {
  return position << 1;
}

/** What a consumer says that has read everything up to `position`. */
export function atRest(position: number): number {
  return (position << 1) | RESTS;
}

export function rests(word: number): boolean {
  return (word & RESTS) !== 0;
}

/** The position in the word, of which one bit is missing: the one that is next to `near`. No ring holds 2^30 bytes. */
export function positionIn(word: number, near: number): number {
  return (near + ((((word >> 1) - near) << 1) >> 1)) | 0;
}
