/** A longer timer would go off at once. */
const PAUSE_MOST = 2 ** 31 - 1;

/**
 * How long to wait before the next attempt, as libzmq does it: the interval plus up to as much again
 * at random, so that the clients of a server that restarts do not all come at once; or, with a
 * maximum, from the interval doubling up to it, and nothing at random.
 */
export class ReconnectTiming {
  private current: number;

  /**
   * @param interval milliseconds, 0 or less for no further attempt
   * @param most milliseconds, 0 for no doubling
   * @param random from 0 to 1
   */
  constructor(
    private readonly interval: number,
    private readonly most: number,
    private readonly random: () => number = Math.random,
  ) {
    this.current = interval;
  }

  /** Milliseconds to wait; undefined to give up. */
  next(): number | undefined {
    if (this.interval <= 0) return undefined;
    if (this.most <= 0) {
      const more = Math.floor(this.random() * this.interval);
      return Math.min(this.interval + more, PAUSE_MOST);
    }
    const wait = Math.min(this.current, this.most);
    this.current = Math.min(wait * 2, this.most);
    return wait;
  }

  /** A connection was made: begins anew, whatever becomes of it. */
  succeeded(): void {
    this.current = this.interval;
  }
}
