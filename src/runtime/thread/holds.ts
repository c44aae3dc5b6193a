import { load, store, type Words } from '../memory/atomics.js';
import { SLOT_HOLDS } from '../memory/layout.js';
import { tellReaper } from './slot.js';

/**
 * Whose memory, of the dead, this thread still uses: as long as the bit of a slot is set, the reaper leaves
 * its pages alone. Each thread writes its own bits and nobody else's, so there is no count that a thread
 * could leave wrong by dying: of a dead thread the bits are simply not looked at any more.
 */
export class Holds {
  /** By the dead thread's slot, how many things of this thread lie in its memory. */
  private readonly counts = new Map<number, number>();

  /** @param at word address of this thread's slot */
  constructor(
    private readonly words: Words,
    private readonly at: number,
  ) {}

  /** Something of this thread lies in the memory of the dead one in `slot`. Before the death is acknowledged. */
  keepMemory(slot: number): void {
    const count = this.counts.get(slot) ?? 0;
    this.counts.set(slot, count + 1);
    if (count > 0) return;
    const at = this.at + SLOT_HOLDS + (slot >>> 5);
    store(this.words, at, load(this.words, at) | (1 << (slot & 31)));
  }

  /** This thread will not touch it any more. */
  giveUpMemory(slot: number): void {
    const count = this.counts.get(slot)! - 1;
    if (count > 0) {
      this.counts.set(slot, count);
      return;
    }
    this.counts.delete(slot);
    const at = this.at + SLOT_HOLDS + (slot >>> 5);
    store(this.words, at, load(this.words, at) & ~(1 << (slot & 31)));
    tellReaper(this.words);
  }
}
