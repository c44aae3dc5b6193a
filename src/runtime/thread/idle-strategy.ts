import { availableParallelism } from 'node:os';
import { IO_TURN_MILLISECONDS } from '../base/limits.js';

/**
 * How long a thread looks for work before it sleeps. A wake-up costs 60 to 85 µs on an idle virtual
 * machine, a look that finds something less than 1 µs: looking for as long as a wake-up takes costs at
 * most twice what the better choice would have cost, whatever the peer does.
 */
const LOOKS = 12000;

/**
 * With more busy threads than cores, looking takes the core from whoever would answer. After this many
 * looks in vain a thread stops, but for one try in so many sleeps, in case times have changed.
 */
const VAIN_MOST = 4;
const RETRY_EVERY = 8;

/** An I/O worker is itself busy when an answer comes over the wire: with two cores, leave it one. */
export const CORES = availableParallelism();
const SPARE_CORES = CORES > 2;

/**
 * How long an I/O worker's event loop turns after activity before it sleeps, in milliseconds. Not at all
 * with two cores: in traces a thread that it had just rung started only when the turning was over.
 */
export const TURN_MILLISECONDS = SPARE_CORES ? IO_TURN_MILLISECONDS : 0;

export class IdleStrategy {
  private vain = 0;
  private sleeps = 0;

  /**
   * How often to look before sleeping.
   * @param local can the answer come from a thread of this process without an I/O worker?
   */
  budget(local: boolean): number {
    if (!local && !SPARE_CORES) return 0;
    if (this.vain < VAIN_MOST) return LOOKS;
    return ++this.sleeps % RETRY_EVERY === 0 ? LOOKS : 0;
  }

  succeeded(): void {
    this.vain = 0;
  }

  failed(): void {
    this.vain++;
  }
}
