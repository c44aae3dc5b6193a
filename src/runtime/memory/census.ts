import { CLASS_SHIFT_FIRST, CLASS_SPAN } from './allocator.js';
import { load, type Words } from './atomics.js';
import { COUNTS_BLOCKS, COUNTS_PAGES, COUNTS_WORDS } from './counts.js';
import { firstPage, PAGE_SHIFT, PAGE_TABLE_AT, SLOT_CLASSES } from './layout.js';

/** What observers learn of the arena's memory, at no cost to those who use it. */

/** Blocks of one size that a thread has in use. */
export interface ClassCounts {
  /** Bytes of a block, or `'span'` for larger ones, which have pages of their own. */
  readonly size: number | 'span';
  readonly blocks: number;
  readonly pages: number;
}

/** Size classes of which the thread with this slot has blocks or pages. */
export function readClasses(words: Words, slot: number): ClassCounts[] {
  const classes: ClassCounts[] = [];
  for (let index = 0; index <= CLASS_SPAN; index++) {
    const at = slot + SLOT_CLASSES + index * COUNTS_WORDS;
    const blocks = load(words, at + COUNTS_BLOCKS);
    const pages = load(words, at + COUNTS_PAGES);
    if (blocks === 0 && pages === 0) continue;
    classes.push({
      size: index === CLASS_SPAN ? 'span' : 1 << (CLASS_SHIFT_FIRST + index),
      blocks,
      pages,
    });
  }
  return classes;
}

export interface PageCensus {
  /** Pages that can be owned: all but those of the tables. */
  readonly total: number;
  readonly free: number;
  /** Pages by their owner's mark. */
  readonly owned: ReadonlyMap<number, number>;
}

/** Looks at every page's owner, some 16,000 for the default arena: about 0.1 ms. */
export function readPages(words: Words, arenaBytes: number): PageCensus {
  const pages = arenaBytes >>> PAGE_SHIFT;
  const first = firstPage(pages);
  const owned = new Map<number, number>();
  let free = 0;
  for (let page = first; page < pages; page++) {
    const mark = load(words, PAGE_TABLE_AT + page);
    if (mark === 0) free++;
    else owned.set(mark, (owned.get(mark) ?? 0) + 1);
  }
  return { total: pages - first, free, owned };
}
