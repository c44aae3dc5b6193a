import type { Job } from './crew-types.js';

/** So many places before the first job are left before the others move up. */
const GONE_MOST = 1024;

/**
 * Jobs by numbers that follow each other, free-running in 32 bits, from 1 on. They are taken mostly in their order, so an
 * array does, and costs less than a map.
 */
export class NumberedJobs {
  count = 0;
  #places: (Job | undefined)[] = [];
  /** Number of the first place. */
  #base = 1;
  /** Places before it are empty. */
  #head = 0;

  /** Answers its number. */
  add(job: Job): number {
    this.count++;
    this.#places.push(job);
    return (this.#base + this.#places.length - 1) | 0;
  }

  /** The job with this number, if it has not been taken. */
  take(number: number): Job | undefined {
    const place = (number - this.#base) | 0;
    const job = this.#places[place];
    if (job === undefined) return undefined;
    this.#places[place] = undefined;
    this.count--;
    this.#moveUp();
    return job;
  }

  /** Takes all that are left, in their order. */
  takeAll(taken: (job: Job, number: number) => void): void {
    const places = this.#places;
    const base = this.#base;
    this.#places = [];
    this.#base = (base + places.length) | 0;
    this.#head = 0;
    this.count = 0;
    places.forEach((job, place) => {
      if (job !== undefined) taken(job, (base + place) | 0);
    });
  }

  #moveUp(): void {
    const places = this.#places;
    while (this.#head < places.length && places[this.#head] === undefined) this.#head++;
    if (this.#head < GONE_MOST && this.#head < places.length) return;
    this.#base = (this.#base + this.#head) | 0;
    this.#places = places.slice(this.#head);
    this.#head = 0;
  }
}
