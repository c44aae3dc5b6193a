/**
 * How long to wait before the next attempt, as libzmq does it: the interval plus up to as much again
 * at random, so that the clients of a server that restarts do not all come at once; or, with a
 * maximum, doubling up to it.
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
    if (this.most <= this.interval)
      return this.interval + Math.floor(this.random() * this.interval);
    const wait = this.current;
    this.current = Math.min(this.current * 2, this.most);
    return wait;
  }

  /** A connection stood: begins anew. */
  succeeded(): void {
    this.current = this.interval;
  }
}
