/**
 * Calls `expired` after so many milliseconds; never after Infinity, which Node's timers take for one.
 * @returns for `clearTimeout`
 */
export function startTimer(milliseconds: number, expired: () => void): NodeJS.Timeout | undefined {
  return milliseconds === Infinity ? undefined : setTimeout(expired, milliseconds);
}
