import { Random } from '../support/random.js';

/** What a soak counted, for the record, and in one sentence for people. */
export interface Findings extends Readonly<Record<string, unknown>> {
  readonly verdict: string;
}

/** A long run that proves something by sheer number. */
export interface Soak {
  readonly name: string;
  /**
   * Throws what is wrong, if anything is.
   * @returns what it counted
   */
  run(stint: Stint): Promise<Findings>;
}

/** How much of a soak is run, from which seed, and who hears how far it is. */
export class Stint {
  readonly random: Random;

  constructor(
    readonly scale: number,
    readonly seed: number,
    /** Told how many of `of` are done, of what, and whatever helps to do the next step again. */
    readonly advance: (done: number, of: number, what: string, detail?: string) => void,
  ) {
    this.random = new Random(seed);
  }

  /** The part of a full run's number that is due, at least `least`. */
  share(full: number, least = 1): number {
    return Math.max(Math.round(full * this.scale), least);
  }
}
