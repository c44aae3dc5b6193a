import { MILLISECONDS_MOST } from './timer.js';

export interface IntensityOptions {
  /** Restarts within `within` milliseconds; with one more it gives up. Default 3. */
  readonly max?: number | undefined;
  /** Milliseconds. Default 10000. */
  readonly within?: number | undefined;
  /** The pause before a restart: doubles with each, from the first of the two to the second, in milliseconds. Default 0 and 5000. */
  readonly backoff?: readonly [least: number, most: number] | undefined;
}

/** Where the doubling begins if the least is 0. */
const FIRST_PAUSE = 10;

/** How often something may be restarted, and how soon. Knows no clock: it is told the time. */
export class Intensity {
  readonly max: number;
  readonly within: number;
  private readonly least: number;
  private readonly most: number;
  private deaths: number[] = [];

  constructor({ max = 3, within = 10_000, backoff = [0, 5_000] }: IntensityOptions) {
    this.max = max;
    this.within = within;
    // A restart comes, however long the pauses get.
    this.most = Math.min(backoff[1], MILLISECONDS_MOST);
    this.least = Math.min(backoff[0], this.most);
  }

  /**
   * There was a death.
   * @param now in milliseconds
   * @returns milliseconds to wait before the restart; undefined if there have been too many
   */
  died(now: number): number | undefined {
    this.deaths = this.deaths.filter((at) => now - at < this.within);
    this.deaths.push(now);
    if (this.deaths.length > this.max) return undefined;
    const doublings = this.deaths.length - 1;
    if (doublings === 0) return this.least;
    const first = this.least > 0 ? this.least * 2 : FIRST_PAUSE;
    return Math.min(this.most, first * 2 ** (doublings - 1));
  }
}
