import { exchange, load, store, type Words } from '../../src/runtime/memory/atomics.js';

/** What one thread does with two words that hold 0; what it answers is what it has seen. */
export type Side = (words: Words, x: number, y: number) => number;

export interface LitmusTest {
  readonly name: string;
  readonly variant: string;
  /** Made of plain accesses: it is to show that the forbidden outcome can be seen at all. */
  readonly isControl: boolean;
  readonly sides: readonly [Side, Side];
  /** The first thread's answer, plus 4 times the second's, that must never come. */
  readonly forbidden: number;
}

export interface LitmusPlan {
  readonly name: string;
  readonly variant: string;
  readonly memory: SharedArrayBuffer;
  /** 0 or 1. */
  readonly thread: number;
  readonly rounds: number;
}

/** Rounds between two meetings of the threads. Their words fit a second-level cache. */
export const BATCH = 1024;
/** Words are this far apart: two cache lines, as those of the library that two threads write. */
export const STRIDE = 32;
/** How many times a thread has come to the meeting; both add. */
export const MEETING = 0;
/** Which round of the batch each thread is at. Written by it, read by the other. */
export const ROUND_AT = STRIDE;
/** The pairs of words, one for each round of a batch. */
export const CELLS_AT = 3 * STRIDE;
/** Each thread's answers, one for each round of a batch. Written by it, read by thread 0. */
export const ANSWERS_AT = CELLS_AT + 2 * STRIDE * BATCH;
export const LITMUS_WORDS = ANSWERS_AT + 2 * BATCH;

/**
 * Every protocol against lost wake-ups rests on it: each side stores, then tests what the other has
 * stored. Both tests miss only if a load came before the store ahead of it.
 */
const BOTH_MISSED = 0;
/** Every ring rests on it: whoever sees the flag sees the data that was written before it. */
const FLAG_WITHOUT_DATA = 4 * 1;

export const LITMUS_TESTS: readonly LitmusTest[] = [
  {
    name: 'store, then test',
    variant: 'atomic stores',
    isControl: false,
    forbidden: BOTH_MISSED,
    sides: [
      (words, x, y) => {
        store(words, x, 1);
        return load(words, y);
      },
      (words, x, y) => {
        store(words, y, 1);
        return load(words, x);
      },
    ],
  },
  {
    name: 'store, then test',
    variant: 'atomic exchanges',
    isControl: false,
    forbidden: BOTH_MISSED,
    sides: [
      (words, x, y) => {
        exchange(words, x, 1);
        return load(words, y);
      },
      (words, x, y) => {
        exchange(words, y, 1);
        return load(words, x);
      },
    ],
  },
  {
    name: 'store, then test',
    variant: 'plain',
    isControl: true,
    forbidden: BOTH_MISSED,
    sides: [
      (words, x, y) => {
        words[x] = 1;
        return words[y]!;
      },
      (words, x, y) => {
        words[y] = 1;
        return words[x]!;
      },
    ],
  },
  {
    name: 'data, then flag',
    variant: 'plain data, atomic flag',
    isControl: false,
    forbidden: FLAG_WITHOUT_DATA,
    sides: [
      (words, x, y) => {
        words[x] = 1;
        store(words, y, 1);
        return 0;
      },
      (words, x, y) => {
        const flag = load(words, y);
        return flag | (words[x]! << 1);
      },
    ],
  },
  {
    name: 'data, then flag',
    variant: 'plain',
    isControl: true,
    forbidden: FLAG_WITHOUT_DATA,
    sides: [
      (words, x, y) => {
        words[x] = 1;
        words[y] = 1;
        return 0;
      },
      (words, x, y) => {
        const flag = words[y]!;
        return flag | (words[x]! << 1);
      },
    ],
  },
];
