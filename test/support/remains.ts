import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../src/index.js';
import { SLOTS } from '../../src/runtime/base/limits.js';
import { isIoSlot } from '../../src/runtime/context/read-threads.js';
import {
  firstPage,
  PAGE_BYTES,
  PAGE_TABLE_AT,
  SLOT_FREE,
  SLOT_OWNER,
  slotAt,
} from '../../src/runtime/memory/layout.js';
import { KEPT_MARK } from '../../src/runtime/memory/pages.js';
import { slotState, threadOf } from '../../src/runtime/thread/slot.js';
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

/**
 * What there is of a context that has ended, and should be nothing: slots that are somebody's, and pages of application
 * threads, which they give back when no block in them is in use. The notes for its report stay, and what I/O workers
 * have: they leave as soon as the context is stopped, and do not wait until the other ends of their pipes have let go.
 */
export function remainsOf(context: Context): string[] {
  const words = new Int32Array(context.handle);
  const remains: string[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const state = slotState(words, slot);
    if (state === SLOT_FREE) continue;
    const thread = threadOf(Atomics.load(words, slotAt(slot) + SLOT_OWNER));
    remains.push(`slot ${slot} of thread ${thread}, in state ${state}`);
  }
  const pages = context.handle.byteLength / PAGE_BYTES;
  let owned = 0;
  for (let page = firstPage(pages); page < pages; page++) {
    const mark = Atomics.load(words, PAGE_TABLE_AT + page);
    if (mark !== 0 && mark !== KEPT_MARK && !isIoSlot((mark >>> 1) % SLOTS)) owned++;
  }
  if (owned > 0) remains.push(`${owned} pages`);
  return remains;
}
