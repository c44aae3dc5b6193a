import { availableParallelism } from 'node:os';

/**
 * How long a thread looks for work before it sleeps. A wake-up costs 60 to 85 µs on an idle virtual
 * machine and a look that finds something less than 1 µs, so looking pays whenever the answer comes
 * soon; but with more busy threads than cores it takes the core from whoever would answer. So the
 * budget follows success: it doubles when looking paid and halves when it did not.
 */
const LOOKS_FIRST = 512;
const LOOKS_MAX = 16384;
/** After it fell to nothing, every so many sleeps one short try is made again. */
const RETRY_EVERY = 64;

/** An I/O worker is itself busy when an answer comes over the wire: with two cores, leave it one. */
const SPARE_CORES = availableParallelism() > 2;

export class IdleStrategy {
  private looks = LOOKS_FIRST;
  private sleeps = 0;

  /**
   * How often to look before sleeping.
   * @param local can the answer come from a thread of this process without an I/O worker?
   */
  budget(local: boolean): number {
    if (!local && !SPARE_CORES) return 0;
    if (this.looks > 0) return this.looks;
    return ++this.sleeps % RETRY_EVERY === 0 ? LOOKS_FIRST : 0;
  }

  succeeded(): void {
    this.looks = Math.min(Math.max(this.looks * 2, LOOKS_FIRST), LOOKS_MAX);
  }

  failed(): void {
    this.looks = this.looks > LOOKS_FIRST / 8 ? this.looks >>> 1 : 0;
  }
}
