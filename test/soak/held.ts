import { readdirSync } from 'node:fs';
import type { Context } from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { load } from '../../src/runtime/memory/atomics.js';
import { firstPage, PAGE_SHIFT, PAGE_TABLE_AT } from '../../src/runtime/memory/layout.js';
import { collectGarbage } from './garbage.js';

/** What a context and its process hold at a moment. */
export interface Held {
  /** Pages of the arena that some thread owns. */
  readonly pages: number;
  /** Blocks of the arena that this thread uses. */
  readonly blocks: number;
  /** What keeps this thread's event loop busy. */
  readonly handles: number;
  /** File descriptors of the process; 0 where the system does not list them. */
  readonly descriptors: number;
  /** Resident memory of the process, right after a collection of this thread's garbage. */
  readonly residentBytes: number;
}

export function heldBy(context: Context): Held {
  collectGarbage();
  const { arena, thread } = coreOf(context);
  const count = arena.size >>> PAGE_SHIFT;
  let pages = 0;
  for (let page = firstPage(count); page < count; page++) {
    if (load(arena.words, PAGE_TABLE_AT + page) !== 0) pages++;
  }
  return {
    pages,
    blocks: thread.allocator.blocks,
    handles: process.getActiveResourcesInfo().length,
    descriptors: descriptors(),
    residentBytes: process.memoryUsage.rss(),
  };
}

function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
