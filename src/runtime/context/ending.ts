import { SLOTS } from '../base/limits.js';
import { add, compareExchange, load, type Words } from '../memory/atomics.js';
import {
  CONTEXT_RUNNING,
  FIRST_IO_SLOT,
  HEADER_IO_PLACES,
  HEADER_SOCKETS,
  HEADER_STATE,
  SLOT_FREE,
  SLOT_PENDING,
  SLOT_SERVING,
  SLOT_SOCKETS,
  slotAt,
} from '../memory/layout.js';
import { isDead, openSockets, ringEveryone, slotState } from '../thread/slot.js';

/**
 * How a context ends, as far as threads must agree on it: one state that is only ever raised, and
 * counts of what is left, handed from one to the next so that a thing is counted somewhere at any time.
 *
 *     a thread's open sockets ──▶ its commands that are under way ──▶ what an I/O worker serves
 *
 * A thread posts what a close needs before it takes the socket from the count; a worker counts what it
 * is to serve before it answers the command. Whoever looks in the same order therefore finds a thing in
 * its old place or in its new one, or behind it, and never in none; and once all of it has been found
 * empty nothing begins any more, because a socket is counted before its thread looks at the state.
 */

/**
 * Raises the context's state, and wakes every thread for it. The state first: whoever goes to sleep
 * looks at it after saying so, and whoever sleeps is rung. False if it was as high already.
 */
export function raise(words: Words, state: number): boolean {
  for (;;) {
    const now = load(words, HEADER_STATE);
    if (now >= state) return false;
    if (compareExchange(words, HEADER_STATE, now, state) === now) break;
  }
  ringEveryone(words);
  return true;
}

/**
 * Counts a socket that the thread in `slot` opens. Answers how many the context had before, or -1 if it
 * is ending, and nothing was counted. Counted first, looked second: whoever raises the state and then
 * finds no socket has not overlooked one.
 */
export function countSocket(words: Words, slot: number): number {
  add(words, slotAt(slot) + SLOT_SOCKETS, 1);
  const before = add(words, HEADER_SOCKETS, 1);
  if (load(words, HEADER_STATE) === CONTEXT_RUNNING) return before;
  uncountSocket(words, slot);
  return -1;
}

/** The thread has closed a socket, and has posted everything that this asks of others. */
export function uncountSocket(words: Words, slot: number): void {
  add(words, HEADER_SOCKETS, -1);
  add(words, slotAt(slot) + SLOT_SOCKETS, -1);
  reportProgress(words);
}

/**
 * An I/O worker serves so many things more or fewer. More, before it answers the command that brought
 * them; fewer, when nobody will hear of them any more.
 */
export function countServed(words: Words, slot: number, change: number): void {
  add(words, slotAt(slot) + SLOT_SERVING, change);
  if (change < 0) reportProgress(words);
}

/** Tells whoever terminates that there is one thing less to wait for. */
export function reportProgress(words: Words): void {
  if (load(words, HEADER_STATE) !== CONTEXT_RUNNING) ringEveryone(words);
}

/**
 * Are all sockets closed, and has everything been sent or given up? Asks the living threads' own counts:
 * the context's is only a limit, and a thread that dies may leave it one too high.
 */
export function quiescent(words: Words): boolean {
  return openSockets(words) === 0 && flushed(words);
}

/** Have the I/O workers nothing left to do for anyone? */
export function flushed(words: Words): boolean {
  for (let slot = 0; slot < SLOTS; slot++) {
    // Below 0 a receiver died in the middle of answering: see PostedCommand.
    if (load(words, slotAt(slot) + SLOT_PENDING) > 0) return false;
  }
  const count = load(words, HEADER_IO_PLACES);
  for (let i = 0; i < count; i++) {
    const slot = FIRST_IO_SLOT + i;
    if (load(words, slotAt(slot) + SLOT_SERVING) !== 0 && !isDead(words, slot)) return false;
  }
  return true;
}

/** Have all I/O workers left, or died? Each gives its slot back as the last thing it does here, and rings. */
export function ioEnded(words: Words): boolean {
  const count = load(words, HEADER_IO_PLACES);
  for (let i = 0; i < count; i++) {
    const slot = FIRST_IO_SLOT + i;
    if (slotState(words, slot) !== SLOT_FREE && !isDead(words, slot)) return false;
  }
  return true;
}
