import { threadId } from 'node:worker_threads';
import { actor } from '../../../src/actors.js';
import { BORN, HANDLED, SPINNING, STILLBORN, THREAD } from './words.js';

/** Counts, answers, and dies in each way that it is told, of a kill that has a number. */
export default actor<{
  tell: {
    count: null;
    exit: number;
    throw: number;
    throwLater: number;
    reject: number;
    devour: null;
    spin: null;
  };
  ask: {
    echo: [request: number, answer: number];
    restarts: [request: null, answer: number];
    leave: [request: number, answer: never];
  };
}>()({
  setup: ({ data }): Int32Array => {
    const words = new Int32Array(data as SharedArrayBuffer);
    Atomics.add(words, BORN, 1);
    const kill = Atomics.exchange(words, STILLBORN, 0);
    if (kill !== 0) process.exit(kill);
    Atomics.store(words, THREAD, threadId);
    return words;
  },
  on: {
    count: (_, words) => void Atomics.add(words, HANDLED, 1),
    exit: (kill) => process.exit(kill),
    throw: (kill) => {
      throw new RangeError(`kill ${kill}`);
    },
    throwLater: (kill) => {
      setImmediate(() => {
        throw new RangeError(`kill ${kill}`);
      });
    },
    reject: (kill) => {
      void Promise.reject(new RangeError(`kill ${kill}`));
    },
    devour: () => {
      const eaten: unknown[] = [];
      for (;;) eaten.push(new Array(100_000).fill(eaten.length));
    },
    spin: (_, words) => {
      Atomics.store(words, SPINNING, 1);
      Atomics.notify(words, SPINNING);
      for (;;);
    },
    echo: (number) => number,
    restarts: (_, _words, { restarts }) => restarts,
    leave: (kill) => process.exit(kill),
  },
});
