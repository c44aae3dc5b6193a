import { ZmqError } from '../base/errors.js';
import { IO_THREADS_MAX, SLOTS } from '../base/limits.js';
import { add, compareExchange, load, store, type Words } from '../memory/atomics.js';
import {
  FIRST_IO_SLOT,
  HEADER_DEATHS,
  HEADER_EPOCH,
  HEADER_REAPER,
  HEADER_TOLD,
  SLOT_BURIED,
  SLOT_DEAD,
  SLOT_DEATHS,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_HANDS,
  SLOT_LEFT,
  SLOT_LIVE,
  SLOT_OBSERVED,
  SLOT_OWNER,
  SLOT_RETURNED,
  SLOT_SLEEPING,
  SLOT_SOCKETS,
  SLOT_STATE_MASK,
  SLOT_THREAD_SHIFT,
  SLOT_TOP,
  SLOT_UNJOINED,
  SLOT_WORDS,
  slotAt,
} from '../memory/layout.js';
import { ringAlways } from './doorbell.js';

/** Threads that join the context come behind its I/O workers. */
const FIRST_JOINED = FIRST_IO_SLOT + IO_THREADS_MAX;

/** Far enough before any round that a thread could have to act on. */
const NO_ROUND = 2 ** 30;

/** The owner word of a slot in which `threadId` lives. */
export function ownerWord(threadId: number, state: number): number {
  return (threadId << SLOT_THREAD_SHIFT) | state;
}

export function stateOf(owner: number): number {
  return owner & SLOT_STATE_MASK;
}

export function threadOf(owner: number): number {
  return owner >>> SLOT_THREAD_SHIFT;
}

/** Claims the given slot for this thread. False if it is taken. */
export function claimSlot(words: Words, slot: number, threadId: number): boolean {
  const at = slotAt(slot);
  const owner = ownerWord(threadId, SLOT_LIVE);
  if (compareExchange(words, at + SLOT_OWNER, SLOT_FREE, owner) !== SLOT_FREE) return false;
  // What the last owner said of itself; before the epoch tells observers that there is a new one.
  words.fill(0, at + SLOT_OBSERVED, at + SLOT_WORDS);
  // TOP is left alone: commands may have been posted to an I/O worker before it started, and a pipe
  // may have been sent to a binder that had just gone; the next owner passes that on.
  store(words, at + SLOT_EPOCH, add(words, HEADER_EPOCH, 1) + 1);
  store(words, at + SLOT_SLEEPING, 0);
  store(words, at + SLOT_RETURNED, 0);
  // Whose hands are empty has nothing to do about those who died before it came. What lies on the list
  // may be theirs: that is acted on in the first cycle. The round is read before the list.
  const deaths = load(words, HEADER_DEATHS);
  store(words, at + SLOT_DEATHS, load(words, at + SLOT_TOP) === 0 ? deaths : noRound(words));
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
  // What a dead thread had in its hands must not seem to be in the next owner's.
  store(words, slotAt(slot) + SLOT_HANDS, 0);
  // The next owner has acted on nothing yet when the slot is its.
  store(words, slotAt(slot) + SLOT_DEATHS, noRound(words));
  store(words, slotAt(slot) + SLOT_OWNER, SLOT_FREE);
  tellReaper(words);
}

function noRound(words: Words): number {
  return (load(words, HEADER_DEATHS) - NO_ROUND) | 0;
}

export function slotState(words: Words, slot: number): number {
  return stateOf(load(words, slotAt(slot) + SLOT_OWNER));
}

/** Will the slot's thread never act again? Asked of slots that somebody had when a pipe or command was made. */
export function isDead(words: Words, slot: number): boolean {
  const state = slotState(words, slot);
  return state === SLOT_DEAD || state === SLOT_BURIED;
}

/**
 * Has the slot's thread been there, and is not any more? Asked when the context is at its end: no slot that anybody
 * knows gets another owner. An I/O worker that is still starting has not been there.
 */
export function hasGone(words: Words, slot: number): boolean {
  // The epoch first: it is stored behind the owner, so whoever is found to have had one has lived before.
  return load(words, slotAt(slot) + SLOT_EPOCH) !== 0 && slotState(words, slot) !== SLOT_LIVE;
}

/** Has every application thread left but the one in `slot`, or died? */
export function isLast(words: Words, slot: number): boolean {
  for (let other = 0; other < SLOTS; other++) {
    const io = other >= FIRST_IO_SLOT && other < FIRST_JOINED;
    if (other !== slot && !io && slotState(words, other) === SLOT_LIVE) return false;
  }
  return true;
}

/**
 * The thread leaves its slot, but others have yet to read what it sent: the reaper does the rest.
 * @param unjoined address of the first pipe that nobody has joined, or 0
 */
export function leaveSlot(words: Words, slot: number, unjoined: number): void {
  const at = slotAt(slot);
  store(words, at + SLOT_UNJOINED, unjoined);
  store(words, at + SLOT_OWNER, ownerWord(threadOf(load(words, at + SLOT_OWNER)), SLOT_LEFT));
  tellReaper(words);
}

/**
 * Marks the slot of a thread that will never act again, `owner` being what its owner word held. False
 * if it holds something else: the slot was given back in order, or somebody else has found out. The
 * reaper does the rest.
 */
export function reportDeath(words: Words, slot: number, owner: number): boolean {
  const at = slotAt(slot) + SLOT_OWNER;
  const dead = ownerWord(threadOf(owner), SLOT_DEAD);
  if (compareExchange(words, at, owner, dead) !== owner) return false;
  add(words, HEADER_DEATHS, 1);
  tellReaper(words);
  return true;
}

/** Has everyone look once more at who is dead, since something about it has changed. */
export function retellDeaths(words: Words): void {
  add(words, HEADER_DEATHS, 1);
  ringEveryone(words);
}

/** Marks every slot that a thread has. Only when it has ended. */
export function reportThreadEnd(words: Words, threadId: number): void {
  const owner = ownerWord(threadId, SLOT_LIVE);
  for (let slot = 0; slot < SLOTS; slot++) {
    if (load(words, slotAt(slot) + SLOT_OWNER) === owner) reportDeath(words, slot, owner);
  }
}

/** Something has changed that the reaper may be waiting for. */
export function tellReaper(words: Words): void {
  add(words, HEADER_TOLD, 1);
  const reaper = load(words, HEADER_REAPER);
  if (reaper !== 0) ringAlways(words, slotAt(reaper - 1));
}

/** Open sockets of all threads that can still close them. */
export function openSockets(words: Words): number {
  let open = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    if (slotState(words, slot) === SLOT_LIVE) open += load(words, slotAt(slot) + SLOT_SOCKETS);
  }
  return open;
}

/** So many free slots in a row, and there is hardly a thread behind them: the first that is free is claimed. */
const FREE_IN_A_ROW = 8;

/**
 * Are more threads of the context awake than that? A guess, by plain reads: threads fall asleep and wake while they
 * are counted.
 */
export function moreAwake(words: Words, most: number): boolean {
  let awake = 0;
  let free = 0;
  for (let slot = 0; slot < SLOTS && free < FREE_IN_A_ROW; slot++) {
    const at = slotAt(slot);
    if (stateOf(words[at + SLOT_OWNER]!) !== SLOT_LIVE) {
      // What I/O workers have not taken says nothing of those who come behind them.
      if (slot >= FIRST_JOINED) free++;
      continue;
    }
    free = 0;
    if (words[at + SLOT_SLEEPING] === 0 && ++awake > most) return true;
  }
  return false;
}

/** Rings every thread of the context, asleep or not. */
export function ringEveryone(words: Words): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    if (slotState(words, slot) === SLOT_LIVE) ringAlways(words, slotAt(slot));
  }
}
