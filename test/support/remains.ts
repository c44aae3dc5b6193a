import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../src/index.js';
import { SLOTS } from '../../src/runtime/base/limits.js';
import { firstPage, PAGE_BYTES, PAGE_TABLE_AT } from '../../src/runtime/memory/layout.js';
import { joinedSlots } from './asleep.js';

/** Pages of a context that belong to threads which have joined it. */
export function joinedPages(context: Context): number {
  const words = new Int32Array(context.handle);
  const pages = context.handle.byteLength / PAGE_BYTES;
  const slots = new Set(joinedSlots(context));
  let count = 0;
  for (let page = firstPage(pages); page < pages; page++) {
    const mark = Atomics.load(words, PAGE_TABLE_AT + page);
    const owner = (mark >>> 1) % SLOTS;
    // Slots before the first that joins keep their pages.
    if (mark !== 0 && (slots.has(owner) || owner > 16)) count++;
  }
  return count;
}

/** Resolves when nothing is left of any thread that has joined the context, neither slot nor page. */
export async function nothingRemains(context: Context): Promise<void> {
  while (joinedSlots(context).length > 0 || joinedPages(context) > 0) await setImmediate();
}
