import type { Words } from './atomics.js';
import { SLOT_CLASSES } from './layout.js';

/** Words for each size class. */
export const COUNTS_WORDS = 2;
export const COUNTS_BLOCKS = 0;
export const COUNTS_PAGES = 1;

/**
 * What a thread has of each size class, in its slot, for observers: blocks in use and pages owned. Only
 * the owner writes, so a plain store will do; one that is seen late is a statistic that is late.
 */
export class Counts {
  private readonly at: number;

  /** @param slot word address of the owner's slot */
  constructor(
    private readonly words: Words,
    slot: number,
  ) {
    this.at = slot + SLOT_CLASSES;
  }

  /** `change` more blocks of the class are in use. */
  blocks(index: number, change: number): void {
    this.add(index * COUNTS_WORDS + COUNTS_BLOCKS, change);
  }

  /** `change` more pages belong to the class. */
  pages(index: number, change: number): void {
    this.add(index * COUNTS_WORDS + COUNTS_PAGES, change);
  }

  /** Every page has been given back. */
  clear(classes: number): void {
    this.words.fill(0, this.at, this.at + classes * COUNTS_WORDS);
  }

  private add(offset: number, change: number): void {
    const at = this.at + offset;
    this.words[at] = this.words[at]! + change;
  }
}
