import { assert } from '../base/assert.js';
import { SMALL_BYTES_MOST } from '../base/limits.js';
import type { Counts } from './counts.js';
import { PAGE_BYTES, PAGE_SHIFT } from './layout.js';
import type { PageTable } from './pages.js';

/**
 * Blocks of 64 bytes to 64 KiB come from pages of one size each, larger ones are as many whole pages as they need. The
 * largest of the former are a page, too, but their owner keeps them until somebody wants for memory: of the table, which all
 * threads read and write, it needs nothing when it uses them again.
 */
export const CLASS_SHIFT_FIRST = 6;
const CLASS_SHIFT_LAST = 16;
const CLASSES = CLASS_SHIFT_LAST - CLASS_SHIFT_FIRST + 1;

const CLASS_NONE = -1;
export const CLASS_SPAN = CLASSES;

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
   * @param pagesFreed called when pages were given back, for whoever waits for some
   * @param counts where observers find what this thread has
   */
  constructor(
    private readonly table: PageTable,
    private readonly pagesFreed: () => void,
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
    if (index !== CLASS_SPAN) {
      this.free[index]!.push(offset);
      return;
    }
    const count = this.spanPages.get(page)!;
    this.spanPages.delete(page);
    this.pageClass.delete(page);
    this.pages -= count;
    this.counts?.pages(CLASS_SPAN, -count);
    this.table.release(page, count);
    this.pagesFreed();
  }

  /** Gives back the pages in which no block is in use. */
  trim(): void {
    let freed = false;
    for (let index = 0; index < CLASSES; index++) if (this.trimClass(index)) freed = true;
    if (freed) this.pagesFreed();
  }

  /** Gives back every page. Only when no block is in use. */
  releasePages(): void {
    assert(this.blocks === 0, 'pages are given back when no block is in use');
    for (const page of this.pageClass.keys()) this.table.release(page, 1);
    this.pageClass.clear();
    this.pages = 0;
    this.counts?.clear(CLASS_SPAN + 1);
    for (const list of this.free) list.length = 0;
    this.pagesFreed();
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
      if (count < blocks) continue;
      this.pageClass.delete(page);
      this.pages--;
      this.counts?.pages(index, -1);
      this.table.release(page, 1);
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
