import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../src/index.js';
import { SLOTS } from '../../src/runtime/base/limits.js';
import { isIoSlot } from '../../src/runtime/context/read-threads.js';
import {
  CREATOR_SLOT,
  firstPage,
  PAGE_BYTES,
  PAGE_TABLE_AT,
  SLOT_BURIED,
  SLOT_DEAD,
  SLOT_FREE,
  SLOT_LEFT,
  SLOT_LIVE,
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
 * Slots of threads that have joined the context, and are gone: dead, or in order, but with something that others have yet
 * to take. The reaper takes apart what is left of them, in two rounds.
 */
export function departed(context: Context): Set<number> {
  const words = new Int32Array(context.handle);
  return new Set(joinedSlots(context).filter((slot) => slotState(words, slot) !== SLOT_LIVE));
}

/**
 * What there is of a context that has ended, and should be nothing: slots that are somebody's, and pages of application
 * threads, which they give back when no block in them is in use. The notes for its report stay, and what I/O workers
 * have: they leave as soon as the context is stopped, and do not wait until the other ends of their pipes have let go.
 * One that has died keeps its slot, since endpoints know it by that.
 *
 * The reaper is an I/O worker, and ends with the context, at whatever it was. Of the dead, and of whoever was gone before
 * the end, it may therefore not have swept everything; they go with the arena. The creator, and whoever is there at the
 * end, owe all of theirs.
 * @param gone those of `departed` before the context was ended
 */
export function remainsOf(context: Context, gone: ReadonlySet<number>): string[] {
  const words = new Int32Array(context.handle);
  const remains: string[] = [];
  const isReapers = (slot: number): boolean => {
    const state = slotState(words, slot);
    const dead = state === SLOT_DEAD || state === SLOT_BURIED;
    return slot !== CREATOR_SLOT && (dead || (state === SLOT_LEFT && gone.has(slot)));
  };
  for (let slot = 0; slot < SLOTS; slot++) {
    const state = slotState(words, slot);
    if (state === SLOT_FREE || isReapers(slot)) continue;
    const thread = threadOf(Atomics.load(words, slotAt(slot) + SLOT_OWNER));
    remains.push(`slot ${slot} of thread ${thread}, in state ${state}`);
  }
  const pages = context.handle.byteLength / PAGE_BYTES;
  let owned = 0;
  for (let page = firstPage(pages); page < pages; page++) {
    const mark = Atomics.load(words, PAGE_TABLE_AT + page);
    const owner = (mark >>> 1) % SLOTS;
    if (mark !== 0 && mark !== KEPT_MARK && !isIoSlot(owner) && !isReapers(owner)) owned++;
  }
  if (owned > 0) remains.push(`${owned} pages`);
  return remains;
}
