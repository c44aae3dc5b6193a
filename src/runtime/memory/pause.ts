const nobody = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread for some milliseconds; for the one place that must poll a port while it does. */
export function pause(milliseconds: number): void {
  Atomics.wait(nobody, 0, 0, milliseconds);
}
