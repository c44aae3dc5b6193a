import { compareExchange, load, store, type Words } from './atomics.js';
import {
  HANDS,
  HEADER_HOLDERS,
  PAGE_SHIFT,
  PAGE_TABLE_AT,
  SLOT_HANDS,
  SLOT_LIVE,
  SLOT_OWNER,
  SLOT_STATE_MASK,
  slotAt,
} from './layout.js';

/**
 * What a thread holds of other threads' bodies beyond the moment at which it reads them. A hand is a word of
 * the thread's slot with a body's byte offset, or 0.
 *
 * The order is what makes it safe. The holder stores the hand, and only then the ring position that
 * passes the body; the body's owner loads that position first and the hands after it. So an owner that
 * has seen a body passed sees every hand that still holds it. Nobody counts in shared memory: of a holder
 * that dies no hand counts any more, and nothing has to be undone.
 */
export class Hands {
  private readonly empty: number[] = [];
  /** How many were ever used. */
  private used = 0;
  private dropped = false;

  constructor(
    private readonly words: Words,
    private readonly slot: number,
  ) {}

  /** Takes the body at `offset`. Answers the hand's word address, or 0 if all hands are full. */
  take(offset: number): number {
    const hand = this.empty.pop() ?? this.another();
    if (hand !== 0) store(this.words, hand, offset);
    return hand;
  }

  /** Lets go of the body. The hand must not be used again. */
  clear(hand: number): void {
    // The slot may be another thread's by now.
    if (this.dropped) return;
    store(this.words, hand, 0);
    this.empty.push(hand);
  }

  /** The thread leaves the context: what it held may be used again. */
  drop(): void {
    while (this.used > 0) store(this.words, slotAt(this.slot) + SLOT_HANDS + this.used--, 0);
    this.dropped = true;
  }

  private another(): number {
    if (this.used === HANDS) return 0;
    if (this.used === 0) raiseHolders(this.words, this.slot + 1);
    const first = slotAt(this.slot) + SLOT_HANDS;
    store(this.words, first, ++this.used);
    return first + this.used;
  }
}

/** Owners look at no slot beyond those of threads that have ever held something. */
function raiseHolders(words: Words, holders: number): void {
  for (;;) {
    const now = load(words, HEADER_HOLDERS);
    if (now >= holders) return;
    if (compareExchange(words, HEADER_HOLDERS, now, holders) === now) return;
  }
}

/** Adds to `held` the offset of each body in a living thread's hand. */
export function collectHeld(words: Words, held: Set<number>): void {
  const slots = load(words, HEADER_HOLDERS);
  for (let slot = 0; slot < slots; slot++) {
    const at = slotAt(slot);
    const used = load(words, at + SLOT_HANDS);
    if (used === 0 || (load(words, at + SLOT_OWNER) & SLOT_STATE_MASK) !== SLOT_LIVE) continue;
    for (let hand = 1; hand <= used; hand++) {
      const offset = load(words, at + SLOT_HANDS + hand);
      if (offset !== 0) held.add(offset);
    }
  }
}

/**
 * Does a living thread hold a body in a page with this mark? For whoever sweeps the pages of an owner that
 * is gone, once the rings from it are read or given up.
 */
export function isAnyHeld(words: Words, mark: number): boolean {
  const held = new Set<number>();
  collectHeld(words, held);
  for (const offset of held) {
    if (load(words, PAGE_TABLE_AT + (offset >>> PAGE_SHIFT)) === mark) return true;
  }
  return false;
}
