/** What another thread can wait at, and this one opens. */
export interface Gate {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  /** Resolves when so many have come, each of whom adds 1 to the second word. */
  waits(count: number): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const buffer = new SharedArrayBuffer(8);
  const words = new Int32Array(buffer);
  return {
    buffer,
    words,
    waits: async (count) => {
      for (;;) {
        const have = Atomics.load(words, 1);
        if (have >= count) return;
        await Atomics.waitAsync(words, 1, have).value;
      }
    },
    open: () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
  };
}
