import { SLOTS, SMALL_SHARE } from '../base/limits.js';
import { compareExchange, load, store, type Words } from './atomics.js';
import { firstPage, PAGE_SHIFT, PAGE_TABLE_AT } from './layout.js';

/**
 * Who owns each page of the arena: one word a page, 0 or its owner's mark. A page is claimed by
 * compare-exchange from 0 and given back by its owner, so no page ever has two owners, whoever dies
 * between two instructions.
 */
export class PageTable {
  private readonly first: number;
  private readonly pages: number;
  /** The first page that only small blocks may have. */
  private readonly smallOnly: number;
  /** Below it this thread has found no free page since it last gave one back. */
  private hint: number;

  constructor(
    private readonly words: Words,
    arenaBytes: number,
    private readonly mark: number,
  ) {
    this.pages = arenaBytes >>> PAGE_SHIFT;
    this.first = firstPage(this.pages);
    this.smallOnly = this.pages - Math.floor(this.pages / SMALL_SHARE);
    this.hint = this.first;
  }

  /**
   * Claims `count` pages in a row, at the lowest address where they are known to be free, because
   * memory that was touched once stays resident. Answers the first page, or -1.
   * @param small may they be among those that are kept for small blocks?
   */
  claim(count: number, small: boolean): number {
    const end = small ? this.pages : this.smallOnly;
    let page = this.claimFrom(this.hint, count, end);
    // Others may have given back pages below the hint.
    if (page < 0 && this.hint > this.first) page = this.claimFrom(this.first, count, end);
    if (page >= 0 && count === 1) this.hint = page + 1;
    return page;
  }

  release(page: number, count: number): void {
    for (let i = 0; i < count; i++) store(this.words, PAGE_TABLE_AT + page + i, 0);
    if (count > 0 && page < this.hint) this.hint = page;
  }

  private claimFrom(start: number, count: number, end: number): number {
    let run = 0;
    for (let page = start; page < end; page++) {
      if (
        load(this.words, PAGE_TABLE_AT + page) === 0 &&
        compareExchange(this.words, PAGE_TABLE_AT + page, 0, this.mark) === 0
      ) {
        if (++run === count) return page - count + 1;
        continue;
      }
      // Somebody else's page: what was claimed before it is too short a run.
      this.release(page - run, run);
      run = 0;
    }
    this.release(end - run, run);
    return -1;
  }
}

/** Gives back every page of a dead owner. Only when nobody uses any of them. */
export function sweepPages(words: Words, arenaBytes: number, mark: number): void {
  const pages = arenaBytes >>> PAGE_SHIFT;
  for (let page = firstPage(pages); page < pages; page++) {
    if (load(words, PAGE_TABLE_AT + page) === mark) store(words, PAGE_TABLE_AT + page, 0);
  }
}

/** An owner's mark: never 0, different for each life of a slot until the epoch wraps at 2^21. */
export function ownerMark(slot: number, epoch: number): number {
  return (epoch << 11) | (slot << 1) | 1 | 0;
}

/** The mark of pages that outlive whoever claims them, for as long as there is the arena: no owner has it. */
export const KEPT_MARK = 2;

/** The slot of the thread that owns the block at this byte offset. */
export function slotOfPage(words: Words, offset: number): number {
  return (load(words, PAGE_TABLE_AT + (offset >>> PAGE_SHIFT)) >>> 1) & (SLOTS - 1);
}
