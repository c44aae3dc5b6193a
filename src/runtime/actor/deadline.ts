import { startTimer } from './timer.js';

/**
 * When something that comes to its end is ended by force. Several may want it over, each in a time of its own: the
 * earliest holds, whoever came first.
 */
export class Deadline {
  /** By performance.now(). */
  #at = Infinity;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the wait of each who waits until then at most. */
  readonly #waiting = new Set<() => void>();

  /** @param timeout milliseconds from now; Infinity for as long as nobody says otherwise */
  constructor(timeout = Infinity) {
    this.hasten(timeout);
  }

  /** Milliseconds until then. */
  get left(): number {
    return Math.max(0, this.#at - performance.now());
  }

  /** It is so many milliseconds from now, unless it is sooner already. */
  hasten(timeout: number): void {
    const at = performance.now() + timeout;
    if (at >= this.#at) return;
    this.#at = at;
    if (this.#waiting.size > 0) this.#arm();
  }

  /**
   * Waits for it, or until then, also if that comes nearer meanwhile.
   * @returns whether it came in time
   */
  async within(ended: Promise<unknown>): Promise<boolean> {
    let giveUp!: () => void;
    const late = new Promise<boolean>((resolve) => (giveUp = () => resolve(false)));
    this.#waiting.add(giveUp);
    this.#arm();
    try {
      return await Promise.race([ended.then(() => true), late]);
    } finally {
      this.#waiting.delete(giveUp);
      if (this.#waiting.size === 0) clearTimeout(this.#timer);
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = startTimer(this.left, () => {
      for (const giveUp of this.#waiting) giveUp();
    });
  }
}
