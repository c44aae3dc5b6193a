import {
  add,
  exchange,
  load,
  notify,
  store,
  wait,
  waitAsync,
  type Words,
} from '../memory/atomics.js';
import {
  HEADER_DEATHS,
  HEADER_STATE,
  SLOT_BELL,
  SLOT_RETURNED,
  SLOT_SLEEPING,
  SLOT_TOP,
} from '../memory/layout.js';

/**
 * Wakes the owner of a slot if it sleeps. Call it after what it should find is in place: the owner
 * says that it sleeps first and looks around afterwards, so one of the two sees the other.
 */
export function ring(words: Words, slot: number): void {
  if (load(words, slot + SLOT_SLEEPING) === 0) return;
  if (exchange(words, slot + SLOT_SLEEPING, 0) === 0) return;
  add(words, slot + SLOT_BELL, 1);
  notify(words, slot + SLOT_BELL);
}

/**
 * Wakes the owner whatever its flag says. For a change of the context's state and for deaths: whoever
 * cleared the flag may have died before it rang.
 */
export function ringAlways(words: Words, slot: number): void {
  store(words, slot + SLOT_SLEEPING, 0);
  add(words, slot + SLOT_BELL, 1);
  notify(words, slot + SLOT_BELL);
}

/**
 * How long a nap is asked to be, in milliseconds. Linux adds the 50 µs by which timers of ordinary threads may be
 * late; where time passes in whole milliseconds there is no nap.
 */
const NAP = 0.005;

/** The owner's side of a slot's doorbell. */
export class Doorbell {
  /** The context's state, deaths and returned pipes that the owner has acted on. */
  stateSeen: number;
  deathsSeen: number;
  returnedSeen = 0;

  /** @param slot word address of the slot */
  constructor(
    private readonly words: Words,
    private readonly slot: number,
  ) {
    this.stateSeen = load(words, HEADER_STATE);
    this.deathsSeen = load(words, HEADER_DEATHS);
  }

  /** Is there something to do that a ring may already have announced? */
  called(): boolean {
    return (
      load(this.words, this.slot + SLOT_TOP) !== 0 ||
      load(this.words, HEADER_STATE) !== this.stateSeen ||
      load(this.words, HEADER_DEATHS) !== this.deathsSeen ||
      load(this.words, this.slot + SLOT_RETURNED) !== this.returnedSeen
    );
  }

  /** The bell as it is. Read it before looking for work: what comes later changes it. */
  read(): number {
    return load(this.words, this.slot + SLOT_BELL);
  }

  /**
   * Blocks until somebody has rung since `bell` was read, `timeout` milliseconds at most. The order is
   * what makes it safe: read the bell, look for work, say that we sleep, look once more, and only then
   * wait for the bell to change.
   */
  sleep(bell: number, timeout: number): void {
    store(this.words, this.slot + SLOT_SLEEPING, 1);
    if (!this.called()) wait(this.words, this.slot + SLOT_BELL, bell, timeout);
    store(this.words, this.slot + SLOT_SLEEPING, 0);
  }

  /**
   * The same for a thread that goes back to its event loop: a promise for the next ring, or undefined
   * if there is something to do already.
   */
  listen(bell: number): Promise<unknown> | undefined {
    store(this.words, this.slot + SLOT_SLEEPING, 1);
    if (!this.called()) {
      const rung = waitAsync(this.words, this.slot + SLOT_BELL, bell);
      if (rung !== undefined) return rung;
    }
    store(this.words, this.slot + SLOT_SLEEPING, 0);
    return undefined;
  }

  /**
   * Blocks for a moment, whoever rings: nobody does, since we do not say that we sleep, so that what comes costs its
   * senders no notify. Nobody ever notifies this word.
   */
  nap(): void {
    wait(this.words, this.slot + SLOT_SLEEPING, 0, NAP);
  }

  /** Takes back that we sleep; the promise stays out. */
  awake(): void {
    store(this.words, this.slot + SLOT_SLEEPING, 0);
  }

  /** Says again that we sleep while an earlier promise is still out. False: there is something to do. */
  listenOn(): boolean {
    store(this.words, this.slot + SLOT_SLEEPING, 1);
    if (!this.called()) return true;
    store(this.words, this.slot + SLOT_SLEEPING, 0);
    return false;
  }
}
