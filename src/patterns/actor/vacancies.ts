import { startTimer } from '../../runtime/actor/timer.js';

/** Pauses before a place is filled again, in milliseconds: those of an actor's restarts, unless that is told otherwise. */
const PAUSE_FIRST = 10;
const PAUSE_MOST = 5000;

/** Places of a crew that have lost whoever had them, and the pauses before somebody else is tried. */
export class Vacancies {
  /** By place: those in a row who could not be had, or were gone before they had done anything. */
  readonly #failures = new Map<number, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** In a row, in whatever places. */
  #inRow = 0;

  /** Another has failed in this place. @returns how many have in a row: there, or in all places together */
  fail(place: number): number {
    const failures = (this.#failures.get(place) ?? 0) + 1;
    this.#failures.set(place, failures);
    return Math.max(++this.#inRow, failures);
  }

  /** Somebody has done something there. */
  succeed(place: number): void {
    this.#inRow = 0;
    this.#failures.delete(place);
  }

  /**
   * Calls `fill` when it is time to try again: at once, and after the second failure in a row twice as late each time.
   * @param awaited by somebody for whom the process has to stay
   */
  fill(place: number, awaited: boolean, fill: () => void): void {
    const failures = this.#failures.get(place) ?? 0;
    if (failures < 2) {
      fill();
      return;
    }
    const timer = startTimer(Math.min(PAUSE_MOST, PAUSE_FIRST * 2 ** (failures - 2)), () => {
      this.#timers.delete(timer);
      fill();
    })!;
    this.#timers.add(timer);
    if (!awaited) timer.unref();
  }

  /** Nobody is tried any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
