import { IO_THREADS_MAX } from '../base/limits.js';
import { add, compareExchange, load, store, type Words } from '../memory/atomics.js';
import {
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  FIRST_IO_SLOT,
  HEADER_IO_PLACES,
  HEADER_IO_STATES,
  HEADER_NEXT_IO,
  HEADER_STATE,
  IO_ABSENT,
  IO_DEAD,
  IO_STARTED,
  SLOT_LIVE,
  SLOT_OWNER,
  slotAt,
} from '../memory/layout.js';
import { claimSlot, isDead, ownerWord, reportDeath, retellDeaths } from '../thread/slot.js';

/**
 * The places of a context's I/O workers: which there are, which of them are taken, and who follows whom. Any thread
 * looks for one; only the creator, which starts the workers, adds to them.
 */
export class IoPlaces {
  constructor(private readonly words: Words) {}

  /** The place of the worker that serves the next endpoint, which may not have started; −1 if none lives. */
  nextPlace(): number {
    const { words } = this;
    const count = load(words, HEADER_IO_PLACES);
    // One number for all looks: others take some in between, and the one that lives may be among them.
    const first = add(words, HEADER_NEXT_IO, 1) >>> 0;
    for (let looks = 0; looks < count; looks++) {
      const index = (first + looks) % count;
      if (load(words, HEADER_IO_STATES + index) === IO_DEAD) continue;
      // Nobody who could replace it knows yet.
      if (isDead(words, FIRST_IO_SLOT + index)) continue;
      return index;
    }
    return -1;
  }

  /** Is the worker at a place missing? It counts as started from now on: whoever hears that has it started. */
  claimStart(index: number): boolean {
    return (
      compareExchange(this.words, HEADER_IO_STATES + index, IO_ABSENT, IO_STARTED) === IO_ABSENT
    );
  }

  /** Has any of them died? */
  get someDied(): boolean {
    const { words } = this;
    for (let index = 0; index < load(words, HEADER_IO_PLACES); index++) {
      if (isDead(words, FIRST_IO_SLOT + index)) return true;
    }
    return false;
  }

  /**
   * Adds places, whose workers start when somebody finds them. Fewer than that if too many have died. Only in the
   * creator's thread, as `addPlace` counts, too.
   */
  grow(more: number): void {
    const { words } = this;
    store(words, HEADER_IO_PLACES, Math.min(load(words, HEADER_IO_PLACES) + more, IO_THREADS_MAX));
  }

  /**
   * The thread of a worker has ended. Only in the creator's thread.
   * @param start has another worker start at a place
   * @returns whether it has died; it ends in order when the context is stopped, and not before
   */
  workerEnded(index: number, threadId: number, start: (index: number) => void): boolean {
    const { words } = this;
    const slot = FIRST_IO_SLOT + index;
    const owner = ownerWord(threadId, SLOT_LIVE);
    // One that has died before it had its slot has had it now: what was posted to it is answered like that of
    // any other.
    if (load(words, HEADER_STATE) < CONTEXT_STOPPED) claimSlot(words, slot, threadId);
    const dead = load(words, slotAt(slot) + SLOT_OWNER) === owner || isDead(words, slot);
    // First the new one: whoever hears of the death looks for another.
    if (dead) this.addPlace(start);
    store(words, HEADER_IO_STATES + index, dead ? IO_DEAD : IO_ABSENT);
    // Somebody else may have reported it before there was another.
    if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);
    return dead;
  }

  /**
   * Has another worker take the place of one that has died. In a slot of its own, since the endpoints of the
   * dead know it by its number: so it ends with IO_THREADS_MAX workers, alive and dead.
   */
  private addPlace(start: (index: number) => void): void {
    const { words } = this;
    const index = load(words, HEADER_IO_PLACES);
    if (index >= IO_THREADS_MAX || load(words, HEADER_STATE) !== CONTEXT_RUNNING) return;
    // Before it counts: whoever finds it would start it, too.
    store(words, HEADER_IO_STATES + index, IO_STARTED);
    store(words, HEADER_IO_PLACES, index + 1);
    try {
      start(index);
    } catch (error) {
      store(words, HEADER_IO_STATES + index, IO_DEAD);
      process.emitWarning(error as Error);
    }
  }
}
