import { actor, ActorError } from '../../../src/actors.js';

interface State {
  count: number;
  readonly seen: string[];
}

/** Counts, and fails in each way that it is told. */
export default actor<{
  tell: {
    add: number;
    note: string;
    fail: string;
    exit: number;
    wait: null;
    devour: null;
  };
  ask: {
    count: [request: null, answer: number];
    seen: [request: null, answer: string[]];
    noted: [request: string, answer: number];
    about: [request: null, answer: { name: string; data: unknown; restarts: number }];
    restarts: [request: null, answer: number];
    echo: [request: unknown, answer: unknown];
    refuse: [request: string, answer: never];
    leave: [request: number, answer: never];
    never: [request: null, answer: never];
  };
}>()({
  setup: ({ data }): State => {
    if (data === 'fail') throw new RangeError('cannot be set up');
    return { count: 0, seen: [] };
  },
  on: {
    add: (by, state) => {
      state.count += by;
    },
    note: (text, state) => void state.seen.push(text),
    fail: (text) => {
      throw new RangeError(text);
    },
    exit: (code) => process.exit(code),
    // At a gate that was given as data, since only that can be shared memory.
    wait: (_, _state, { data }) => {
      const words = new Int32Array(data as SharedArrayBuffer);
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
      Atomics.wait(words, 0, 0);
    },
    devour: () => {
      const eaten: unknown[] = [];
      for (;;) eaten.push(new Array(100_000).fill(eaten.length));
    },
    count: (_, state) => state.count,
    seen: (_, state) => state.seen,
    noted: (text, state) => state.seen.push(text),
    about: (_, _state, { name, data, restarts }) => ({ name, data, restarts }),
    restarts: (_, _state, { restarts }) => restarts,
    echo: (value) => value,
    refuse: (text) => {
      const cause = new ActorError('ERR_ACTOR_FULL');
      throw Object.assign(new RangeError(text, { cause }), { code: 'EREFUSED' });
    },
    leave: (code) => process.exit(code),
    never: () => new Promise<never>(() => {}),
  },
});
