/** What another thread can wait at, and this one opens. */
export interface Gate {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  open(): void;
}

export function gate(): Gate {
  const buffer = new SharedArrayBuffer(8);
  const words = new Int32Array(buffer);
  return {
    buffer,
    words,
    open: () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
  };
}
