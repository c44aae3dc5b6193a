import { ZmqError } from '../base/errors.js';
import { SLOTS } from '../base/limits.js';
import { add, compareExchange, load, store, type Words } from '../memory/atomics.js';
import {
  HEADER_EPOCH,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_OBSERVED,
  SLOT_RETURNED,
  SLOT_SLEEPING,
  SLOT_STATE,
  SLOT_THREAD_ID,
  SLOT_WORDS,
  slotAt,
} from '../memory/layout.js';
import { ringAlways } from './doorbell.js';

/** Claims the given slot for this thread. False if it is taken. */
export function claimSlot(words: Words, slot: number, threadId: number): boolean {
  const at = slotAt(slot);
  if (compareExchange(words, at + SLOT_STATE, SLOT_FREE, SLOT_LIVE) !== SLOT_FREE) return false;
  // TOP is left alone: commands may have been posted to an I/O worker before it started, and a pipe
  // may have been sent to a binder that had just gone; the next owner passes that on.
  // What the last owner said of itself; before the epoch tells observers that there is a new one.
  words.fill(0, at + SLOT_OBSERVED, at + SLOT_WORDS);
  store(words, at + SLOT_EPOCH, add(words, HEADER_EPOCH, 1) + 1);
  store(words, at + SLOT_SLEEPING, 0);
  store(words, at + SLOT_RETURNED, 0);
  store(words, at + SLOT_THREAD_ID, threadId);
  return true;
}

/**
 * Claims any free slot from `first` on.
 * @throws ZmqError EMFILE if all are taken
 */
export function claimAnySlot(words: Words, first: number, threadId: number): number {
  for (let slot = first; slot < SLOTS; slot++) {
    if (claimSlot(words, slot, threadId)) return slot;
  }
  throw new ZmqError('EMFILE', { message: `A context has room for ${SLOTS} threads` });
}

/** Gives the slot back. Only when nothing in the arena names it any more. */
export function freeSlot(words: Words, slot: number): void {
  // Nobody may take the next owner for this one: its slot is live before it has said its number.
  store(words, slotAt(slot) + SLOT_THREAD_ID, 0);
  store(words, slotAt(slot) + SLOT_STATE, SLOT_FREE);
}

export function slotState(words: Words, slot: number): number {
  return load(words, slotAt(slot) + SLOT_STATE);
}

/** Rings every thread of the context, asleep or not. */
export function ringEveryone(words: Words): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    if (slotState(words, slot) === SLOT_LIVE) ringAlways(words, slotAt(slot));
  }
}
