import { IO_THREADS_MAX } from '../base/limits.js';
import { add, compareExchange, load, store, type Words } from '../memory/atomics.js';
import {
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  FIRST_IO_SLOT,
  HEADER_IO_NUMBERS,
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

  /**
   * The place of the worker that serves the next endpoint, which may not have started; −1 if none lives.
   * @param affinity bits of the workers' numbers, 0 for any
   */
  nextPlace(affinity = 0): number {
    const { words } = this;
    const count = load(words, HEADER_IO_PLACES);
    // A turn for each that lives, and none for the dead: whoever came after them in the count would have theirs, too.
    const living: number[] = [];
    for (let index = 0; index < count; index++) {
      if (affinity !== 0 && !this.serves(index, affinity)) continue;
      if (load(words, HEADER_IO_STATES + index) === IO_DEAD) continue;
      // Nobody who could replace it knows yet.
      if (isDead(words, FIRST_IO_SLOT + index)) continue;
      living.push(index);
    }
    if (living.length === 0) return -1;
    const turn = add(words, HEADER_NEXT_IO, 1) >>> 0;
    return living[turn % living.length]!;
  }

  /** Is the worker at a place missing? It counts as started from now on: whoever hears that has it started. */
  claimStart(index: number): boolean {
    return (
      compareExchange(this.words, HEADER_IO_STATES + index, IO_ABSENT, IO_STARTED) === IO_ABSENT
    );
  }

  /** By division, since an affinity may have more bits than `&` takes. */
  private serves(index: number, affinity: number): boolean {
    return Math.floor(affinity / 2 ** this.numberOf(index)) % 2 === 1;
  }

  /** The number of a place's worker: that of the one that it came after, or the next that was free. */
  private numberOf(index: number): number {
    const { words } = this;
    const inherited = load(words, HEADER_IO_NUMBERS + index);
    if (inherited !== 0) return inherited - 1;
    let number = 0;
    for (let i = 0; i < index; i++) if (load(words, HEADER_IO_NUMBERS + i) === 0) number++;
    return number;
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
    if (dead) this.addPlace(this.numberOf(index), start);
    store(words, HEADER_IO_STATES + index, dead ? IO_DEAD : IO_ABSENT);
    // Somebody else may have reported it before there was another.
    if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);
    return dead;
  }

  /**
   * Has another worker take the place of one that has died. In a slot of its own, since the endpoints of the
   * dead know it by that: so it ends with IO_THREADS_MAX workers, alive and dead.
   * @param number which it has from the dead, for the sake of affinities
   */
  private addPlace(number: number, start: (index: number) => void): void {
    const { words } = this;
    const index = load(words, HEADER_IO_PLACES);
    if (index >= IO_THREADS_MAX || load(words, HEADER_STATE) !== CONTEXT_RUNNING) return;
    store(words, HEADER_IO_NUMBERS + index, number + 1);
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
