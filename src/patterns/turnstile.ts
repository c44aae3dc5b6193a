/** Ready operations that may resolve in a row before the event loop gets a turn; zeromq.js's number. */
export const IN_A_ROW = 512;

let count = 0;
let resetScheduled = false;

/**
 * Asked for each operation that could resolve at once: is it time to let the event loop turn first?
 * Otherwise a loop of awaits that never block would starve timers and I/O for ever.
 */
export function mustYield(): boolean {
  if (++count < IN_A_ROW) {
    if (!resetScheduled) scheduleReset();
    return false;
  }
  count = 0;
  return true;
}

/** Resolves after a turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function scheduleReset(): void {
  resetScheduled = true;
  setImmediate(() => {
    resetScheduled = false;
    count = 0;
  });
}
