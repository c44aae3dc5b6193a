const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread; it sleeps. */
export function pause(milliseconds: number): void {
  Atomics.wait(NOTHING, 0, 0, milliseconds);
}
