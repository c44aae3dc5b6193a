/** Timers take no more: of anything longer, Infinity too, Node makes one millisecond. */
export const MILLISECONDS_MOST = 2 ** 31 - 1;

/** Calls `expired` after so many milliseconds, 2^31 - 1 at most. Infinity is for ever: there is no timer then. */
export function startTimer(milliseconds: number, expired: () => void): NodeJS.Timeout | undefined {
  return milliseconds === Infinity ? undefined : setTimeout(expired, milliseconds);
}
