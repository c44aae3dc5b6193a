import { IO_THREADS_MAX, SLOTS } from '../base/limits.js';
import type { Arena } from '../memory/arena.js';
import { add, exchange, load, store, type Words } from '../memory/atomics.js';
import {
  FIRST_IO_SLOT,
  HEADER_DEATHS,
  HEADER_IO_STATES,
  HEADER_REAPER,
  HEADER_SOCKETS,
  HEADER_TOLD,
  HOLDS_WORDS,
  IO_DEAD,
  SLOT_BURIED,
  SLOT_DEAD,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_HOLDS,
  SLOT_LEFT,
  SLOT_LIVE,
  SLOT_OWNER,
  SLOT_PENDING,
  SLOT_DEATHS,
  SLOT_SERVING,
  SLOT_SOCKETS,
  SLOT_TOP,
  SLOT_UNJOINED,
  slotAt,
} from '../memory/layout.js';
import { isAnyHeld } from '../memory/hands.js';
import { ownerMark, sweepPages } from '../memory/pages.js';
import { JOIN_JOINED, PIPE_JOIN, PIPE_NEXT_UNJOINED } from '../pipe/layout.js';
import { ringAlways } from '../thread/doorbell.js';
import { nodeBlock, takeAll } from '../thread/ready-list.js';
import {
  claimSlot,
  freeSlot,
  ownerWord,
  reportThreadEnd,
  slotState,
  threadOf,
} from '../thread/slot.js';
import type { InprocNames } from './inproc-names.js';

/** A dead thread's slot on its way to the next owner. */
interface Grave {
  /** The round that every living thread must have acted on before the next step. */
  round: number;
  /** Every thread knows. */
  buried: boolean;
}

/**
 * Takes apart what dead threads leave: one thread's job, that of the first I/O worker, or of the creator
 * where there is none. It never touches anybody's list or pipes: every thread cuts its own ties.
 *
 * A death takes two rounds. A round is a new value of HEADER_DEATHS, for which everyone is rung, and which
 * is over when every living thread has acted on it: so every call that was in the middle of something when it began is over, too.
 *
 * 1. dead: nobody's pipe waits for it any more. But pipes of the dead may be in the hands of those who were just
 *    sending them on, and the living may have sent theirs to the dead. After it, what the dead had bound is unbound and
 *    its pipes are taken off the stacks.
 * 2. buried: whoever sent the dead a pipe has taken it back, and nobody will ever meet a node of the dead again. What is
 *    left is what SLOT_HOLDS says; when there is nothing, the pages are swept, and last the slot is free.
 */
export class Reaper {
  private readonly words: Words;
  private readonly graves = new Map<number, Grave>();
  private toldSeen = -1;

  /**
   * @param slot this thread's
   * @param slots how many there are
   */
  constructor(
    private readonly arena: Arena,
    private readonly slot: number,
    private readonly names: InprocNames,
    private readonly slots = SLOTS,
  ) {
    this.words = arena.words;
  }

  /** Takes the post. Who finds a thread dead tells it from now on; an earlier one's work is taken up. */
  start(): void {
    store(this.words, HEADER_REAPER, this.slot + 1);
    for (let slot = 0; slot < this.slots; slot++) {
      if (slotState(this.words, slot) === SLOT_BURIED && !isIoSlot(slot))
        this.setState(slot, SLOT_DEAD);
    }
    this.work();
    // They bring their lifelines.
    this.ringEveryone();
  }

  /** Whatever was that thread's is to be taken apart. Only when it has ended. */
  threadEnded(threadId: number): void {
    reportThreadEnd(this.words, threadId);
  }

  /** To be called in each duty cycle: goes on as far as the others have come. */
  work(): void {
    // Before anything is looked at: what is told later is looked at in a later cycle.
    const told = load(this.words, HEADER_TOLD);
    if (told === this.toldSeen) return;
    this.toldSeen = told;
    this.findDead();
    for (const [slot, grave] of this.graves) this.advance(slot, grave);
  }

  private findDead(): void {
    for (let slot = 0; slot < this.slots; slot++) {
      const state = slotState(this.words, slot);
      // From here on leaving and dying are the same.
      if (state === SLOT_LEFT && this.isJoined(slot)) this.setState(slot, SLOT_DEAD);
      else if (state !== SLOT_DEAD || this.graves.has(slot)) continue;
      this.graves.set(slot, { round: this.beginRound(), buried: false });
    }
  }

  /** Has everything found its reader that the thread had left for whoever comes? */
  private isJoined(left: number): boolean {
    const { words } = this;
    let pipe = load(words, slotAt(left) + SLOT_UNJOINED);
    while (pipe !== 0) {
      if (load(words, pipe + PIPE_JOIN) !== JOIN_JOINED) return false;
      pipe = load(words, pipe + PIPE_NEXT_UNJOINED);
    }
    return true;
  }

  private advance(slot: number, grave: Grave): void {
    if (!grave.buried) {
      if (!this.isOver(grave.round)) return;
      this.unbind(slot);
      grave.buried = true;
      this.setState(slot, SLOT_BURIED);
      grave.round = this.beginRound();
    }
    if (!this.isOver(grave.round) || this.isHeld(slot)) return;
    this.graves.delete(slot);
    this.sweep(slot);
  }

  private beginRound(): number {
    const round = (add(this.words, HEADER_DEATHS, 1) + 1) | 0;
    this.ringEveryone();
    return round;
  }

  /** Has every living thread acted on the round? */
  private isOver(round: number): boolean {
    const { words } = this;
    for (let slot = 0; slot < this.slots; slot++) {
      const at = slotAt(slot);
      const state = slotState(words, slot);
      // What the dead had posted to a worker that is just starting lies on its list.
      if (state === SLOT_FREE && isIoSlot(slot) && load(words, at + SLOT_TOP) !== 0) return false;
      if (state === SLOT_LIVE && ((load(words, at + SLOT_DEATHS) - round) | 0) < 0) return false;
    }
    return true;
  }

  private isHeld(dead: number): boolean {
    for (let slot = 0; slot < this.slots; slot++) {
      if (slotState(this.words, slot) !== SLOT_LIVE) continue;
      const bits = load(this.words, slotAt(slot) + SLOT_HOLDS + (dead >>> 5));
      if ((bits & (1 << (dead & 31))) !== 0) return true;
    }
    return isAnyHeld(this.words, this.markOf(dead));
  }

  /** Nobody who looks something up finds the dead any more, and whoever terminates does not wait for it. */
  private unbind(slot: number): void {
    const { words } = this;
    const at = slotAt(slot);
    add(words, HEADER_SOCKETS, -exchange(words, at + SLOT_SOCKETS, 0));
    store(words, at + SLOT_PENDING, 0);
    store(words, at + SLOT_SERVING, 0);
    if (isIoSlot(slot)) store(words, HEADER_IO_STATES + slot - FIRST_IO_SLOT, IO_DEAD);
    this.names.forgetDead(slot);
    this.passOn();
  }

  /** What was sent to binders that had just left lies in free slots, among it pipes of the dead. */
  private passOn(): void {
    const { words, names } = this;
    const threadId = threadOf(load(words, slotAt(this.slot) + SLOT_OWNER));
    const taken: number[] = [];
    for (let slot = FIRST_IO_SLOT + IO_THREADS_MAX; slot < this.slots; slot++) {
      if (slotState(words, slot) !== SLOT_FREE || load(words, slotAt(slot) + SLOT_TOP) === 0)
        continue;
      if (!claimSlot(words, slot, threadId)) continue;
      takeAll(words, slotAt(slot), taken);
      while (taken.length > 0) {
        const pipe = nodeBlock(words, taken.pop()!);
        if (!names.makerIsDead(pipe)) names.connect(names.nameOf(pipe), pipe);
      }
      freeSlot(words, slot);
    }
  }

  /** Nobody will ever touch the memory of the dead again, nor name its slot. */
  private sweep(slot: number): void {
    const { words } = this;
    const at = slotAt(slot);
    sweepPages(words, this.arena.size, this.markOf(slot));
    store(words, at + SLOT_TOP, 0);
    for (let i = 0; i < HOLDS_WORDS; i++) store(words, at + SLOT_HOLDS + i, 0);
    // Endpoints know an I/O worker by its slot, and it is not started again: whoever asks must find it dead.
    if (!isIoSlot(slot)) freeSlot(words, slot);
    this.ringEveryone();
  }

  /** What the page table says of pages of the slot's last owner. */
  private markOf(slot: number): number {
    return ownerMark(slot, load(this.words, slotAt(slot) + SLOT_EPOCH));
  }

  private setState(slot: number, state: number): void {
    const at = slotAt(slot) + SLOT_OWNER;
    store(this.words, at, ownerWord(threadOf(load(this.words, at)), state));
  }

  private ringEveryone(): void {
    for (let slot = 0; slot < this.slots; slot++) {
      if (slotState(this.words, slot) === SLOT_LIVE) ringAlways(this.words, slotAt(slot));
    }
  }
}

function isIoSlot(slot: number): boolean {
  return slot >= FIRST_IO_SLOT && slot < FIRST_IO_SLOT + IO_THREADS_MAX;
}
