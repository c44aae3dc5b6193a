import { assert } from '../base/assert.js';
import { SMALL_BYTES_MOST, WARM_BYTES } from '../base/limits.js';
import type { Counts } from './counts.js';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.js';
import type { PageTable } from './pages.js';

/** Blocks of 64 bytes to 64 KiB come from pages of one size each, larger ones are as many whole pages as they need. */
export const CLASS_SHIFT_FIRST = 6;
const CLASS_SHIFT_LAST = 16;
const CLASSES = CLASS_SHIFT_LAST - CLASS_SHIFT_FIRST + 1;

const CLASS_NONE = -1;
export const CLASS_SPAN = CLASSES;

/** Blocks of this class are a page each. */
const CLASS_PAGE = CLASSES - 1;
/**
 * So many of those that are free their owner keeps, since of the table, which goes from core to core, it then needs nothing
 * when it uses them again. What its receivers have at once is less, if they keep up: see WARM_BYTES. The others are everybody's.
 */
const PAGES_KEPT = (2 * WARM_BYTES) / PAGE_BYTES;
/** Shorter ones are of no use to whoever waits for memory. */
const CLASS_TOLD = classOf(SMALL_BYTES_MOST + 1);

/**
 * A thread's own part of the arena. Only the thread that allocated a block frees it, so free lists
 * are private and cost no atomic operation: 9 to 15 ns for both calls. What another thread has
 * finished with, its owner learns from the rings' positions.
 */
export class Allocator {
  /** Per class, byte offsets of free blocks, used as a stack: the last one freed is warm. */
  private readonly free: number[][] = Array.from({ length: CLASSES }, () => []);
  /** Class of each page this thread owns; the first page of a span has CLASS_SPAN. */
  private readonly pageClass = new Map<number, number>();
  private readonly spanPages = new Map<number, number>();
  /** Blocks in use, which makes a leak visible to tests and to statistics. */
  blocks = 0;
  /** Pages owned. */
  pages = 0;

  /**
   * @param freed called when a block was freed that is not small, or pages were given back: for whoever waits for memory, and
   * may have this thread `trim`
   * @param counts where observers find what this thread has
   */
  constructor(
    private readonly table: PageTable,
    private readonly freed: () => void,
    private readonly counts?: Counts,
  ) {}

  /**
   * A block of at least `size` bytes: its byte offset, aligned to its size class (64 B at least), or
   * 0 if the arena is exhausted. What it holds is whatever was there.
   */
  allocate(size: number): number {
    if (size > 1 << CLASS_SHIFT_LAST) return this.allocateSpan(size);
    const index = classOf(size);
    const list = this.free[index]!;
    if (list.length === 0 && !this.refill(index)) return 0;
    this.blocks++;
    this.counts?.blocks(index, 1);
    return list.pop()!;
  }

  release(offset: number): void {
    const page = offset >>> PAGE_SHIFT;
    const index = this.pageClass.get(page) ?? CLASS_NONE;
    assert(index !== CLASS_NONE, 'a block is freed by the thread that allocated it');
    this.blocks--;
    this.counts?.blocks(index, -1);
    if (index === CLASS_SPAN) this.releaseSpan(page);
    else if (index === CLASS_PAGE && this.free[index]!.length >= PAGES_KEPT) {
      this.giveBack(page, 1, index);
    } else this.free[index]!.push(offset);
    if (index >= CLASS_TOLD) this.freed();
  }

  /** Gives back the pages in which no block is in use. */
  trim(): void {
    let freed = false;
    for (let index = 0; index < CLASSES; index++) if (this.trimClass(index)) freed = true;
    if (freed) this.freed();
  }

  /** Gives back every page. Only when no block is in use. */
  releasePages(): void {
    assert(this.blocks === 0, 'pages are given back when no block is in use');
    for (const page of this.pageClass.keys()) this.table.release(page, 1);
    this.pageClass.clear();
    this.pages = 0;
    this.counts?.clear(CLASS_SPAN + 1);
    for (const list of this.free) list.length = 0;
    this.freed();
  }

  /** True if there was such a page. */
  private trimClass(index: number): boolean {
    const list = this.free[index]!;
    const blocks = PAGE_BYTES >>> (CLASS_SHIFT_FIRST + index);
    if (list.length < blocks) return false;
    const counts = new Map<number, number>();
    for (const offset of list) {
      const page = offset >>> PAGE_SHIFT;
      counts.set(page, (counts.get(page) ?? 0) + 1);
    }
    const unused = (offset: number): boolean => counts.get(offset >>> PAGE_SHIFT) === blocks;
    this.free[index] = list.filter((offset) => !unused(offset));
    for (const [page, count] of counts) {
      if (count === blocks) this.giveBack(page, 1, index);
    }
    return this.free[index].length < list.length;
  }

  private allocateSpan(size: number): number {
    const count = (size + PAGE_BYTES - 1) >>> PAGE_SHIFT;
    const page = this.table.claim(count, false);
    if (page < 0) return 0;
    this.pageClass.set(page, CLASS_SPAN);
    this.spanPages.set(page, count);
    this.pages += count;
    this.blocks++;
    this.counts?.pages(CLASS_SPAN, count);
    this.counts?.blocks(CLASS_SPAN, 1);
    return page << PAGE_SHIFT;
  }

  private releaseSpan(page: number): void {
    const count = this.spanPages.get(page)!;
    this.spanPages.delete(page);
    this.giveBack(page, count, CLASS_SPAN);
  }

  private giveBack(page: number, count: number, index: number): void {
    this.pageClass.delete(page);
    this.pages -= count;
    this.counts?.pages(index, -count);
    this.table.release(page, count);
  }

  private refill(index: number): boolean {
    const size = 1 << (CLASS_SHIFT_FIRST + index);
    const page = this.table.claim(1, size <= SMALL_BYTES_MOST);
    if (page < 0) return false;
    this.pageClass.set(page, index);
    this.pages++;
    this.counts?.pages(index, 1);
    const list = this.free[index]!;
    for (let at = PAGE_BYTES - size; at >= 0; at -= size) list.push((page << PAGE_SHIFT) + at);
    return true;
  }
}

function classOf(size: number): number {
  const shift = 32 - Math.clz32(Math.max(size, 1) - 1);
  return Math.max(shift - CLASS_SHIFT_FIRST, 0);
}
