import type { Allocator } from '../memory/allocator.js';
import { add, exchange, load, type Words } from '../memory/atomics.js';
import type { Bodies } from '../memory/bodies.js';
import { HEADER_HUNGRY, HEADER_MEMORY } from '../memory/layout.js';
import { ringEveryone } from './slot.js';

/** Something that has found no memory, and wants to know when to try again. */
export interface Hungry {
  memoryFreed(): void;
}

/**
 * After something was given back, or can be given back by its owner now: tells whoever waits for memory. One
 * load when nobody does. The test comes after what it tells of is stored: whoever waits has said so before
 * its last attempt, so either that attempt finds what was freed or this test finds that somebody waits.
 */
export function tellHungry(words: Words): void {
  if (load(words, HEADER_HUNGRY) === 0) return;
  if (exchange(words, HEADER_HUNGRY, 0) === 0) return;
  tellAll(words);
}

/** Every thread gives back what its consumers have finished with, and tries again what it had no memory for. */
function tellAll(words: Words): void {
  add(words, HEADER_MEMORY, 1);
  ringEveryone(words);
}

/**
 * What a thread does about an exhausted arena: a full arena is back-pressure, so that whoever sends waits for
 * others to receive. An idle producer keeps what its consumers have finished with, since nobody
 * would tell it; so whoever finds nothing has all threads look.
 */
export class Shortage {
  /** HEADER_MEMORY as this thread has last acted on it. */
  private seen: number;
  /** Who waits, with HEADER_MEMORY as it was when that one last said so. */
  private readonly waiting = new Map<Hungry, number>();

  constructor(
    private readonly words: Words,
    private readonly allocator: Allocator,
    private readonly bodies: Bodies,
  ) {
    this.seen = load(words, HEADER_MEMORY);
  }

  /**
   * Says that there was no memory for `what`. True: more may have become free, try again. False: there will
   * be no more until `what` is told.
   */
  found(what: Hungry): boolean {
    const now = load(this.words, HEADER_MEMORY);
    if (this.waiting.get(what) === now) return false;
    this.waiting.set(what, now);
    this.giveBack();
    if (exchange(this.words, HEADER_HUNGRY, 1) === 0) tellAll(this.words);
    return true;
  }

  /** Does anything of this thread wait for memory? */
  get exists(): boolean {
    return this.waiting.size > 0;
  }

  /** It waits no more. */
  forget(what: Hungry): void {
    this.waiting.delete(what);
  }

  /** In a duty cycle. Whoever raises the word rings after it, and every wait reads its bell before its cycle. */
  observe(): void {
    const now = load(this.words, HEADER_MEMORY);
    if (now === this.seen) return;
    this.seen = now;
    this.giveBack();
    const waiting = [...this.waiting.keys()];
    this.waiting.clear();
    for (const what of waiting) what.memoryFreed();
  }

  private giveBack(): void {
    this.bodies.collect();
    this.allocator.trim();
  }
}
