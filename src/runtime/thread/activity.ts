import { coarseNow } from '../base/clock.js';
import type { Words } from '../memory/atomics.js';
import { SLOT_CALL, SLOT_CALL_SOCKET, SLOT_SINCE } from '../memory/layout.js';

/** Blocking calls, as SLOT_CALL names them. */
export const CALL_NONE = 0;
export const CALL_SEND = 1;
export const CALL_RECEIVE = 2;
export const CALL_POLL = 3;
export const CALL_BIND = 4;
export const CALL_EVENTS = 5;
export const CALL_PROXY = 6;
export const CALL_TERMINATE = 7;
export const CALL_LEAVE = 8;
export const CALL_EXIT = 9;
/** In a program that uses a Thread by itself. */
export const CALL_OTHER = 10;

/** Added to a call in which the thread has slept: SLOT_SINCE says since when. */
export const CALL_SLEPT = 16;

/**
 * Says in the thread's slot what it waits in, for observers. A call that finds what it waits for while it
 * spins costs two plain stores; the clock is read only before a sleep, which costs a thousand times as
 * much.
 */
export class Activity {
  private call = CALL_NONE;

  /** @param slot word address of the thread's slot */
  constructor(
    private readonly words: Words,
    private readonly slot: number,
  ) {}

  /** The thread has nothing to do before what it waits for comes; it may say so again and again. */
  wait(call: number, socket: number): void {
    if (this.call !== CALL_NONE) return;
    this.call = call;
    this.words[this.slot + SLOT_CALL_SOCKET] = socket;
    this.words[this.slot + SLOT_CALL] = call;
  }

  /** It is about to sleep. The store that says so to whoever rings comes after these. */
  sleep(): void {
    if ((this.call & CALL_SLEPT) !== 0) return;
    this.call |= CALL_SLEPT;
    this.words[this.slot + SLOT_SINCE] = coarseNow();
    this.words[this.slot + SLOT_CALL] = this.call;
  }

  /** The call is over. */
  goOn(): void {
    if (this.call === CALL_NONE) return;
    this.call = CALL_NONE;
    this.words[this.slot + SLOT_CALL] = CALL_NONE;
  }

  /** A duty cycle is over, and the event loop listens for the doorbell. */
  rest(): void {
    this.words[this.slot + SLOT_SINCE] = coarseNow();
  }
}
