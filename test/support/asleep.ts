import type { Context } from '../../src/index.js';
import { IO_THREADS_MAX, SLOTS } from '../../src/runtime/base/limits.js';
import {
  FIRST_IO_SLOT,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_SLEEPING,
  slotAt,
} from '../../src/runtime/memory/layout.js';
import { slotState } from '../../src/runtime/thread/slot.js';

/** Slots of threads that have joined a context: the creator and the I/O workers come before them. */
const FIRST_JOINED = FIRST_IO_SLOT + IO_THREADS_MAX;

/** Numbers of the slots that threads which joined the context have, or have left behind. */
export function joinedSlots(context: Context): number[] {
  const words = new Int32Array(context.handle);
  const slots: number[] = [];
  for (let slot = FIRST_JOINED; slot < SLOTS; slot++) {
    if (slotState(words, slot) !== SLOT_FREE) slots.push(slot);
  }
  return slots;
}

/** Resolves when every thread that joined the context waits for its doorbell; there must be one. */
export async function othersAsleep(context: Context): Promise<void> {
  const words = new Int32Array(context.handle);
  for (;;) {
    const slots = joinedSlots(context);
    const asleep = slots.every(
      (slot) =>
        slotState(words, slot) === SLOT_LIVE &&
        Atomics.load(words, slotAt(slot) + SLOT_SLEEPING) === 1,
    );
    if (asleep && slots.length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves when a thread of the context sleeps in a blocking call. */
export async function someoneBlocked(context: Context): Promise<void> {
  while (!context.stats().threads.some(({ state }) => state === 'blocked')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
