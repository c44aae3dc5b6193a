import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load, store } from '../../../../src/runtime/memory/atomics.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { joinInproc, Pipe } from '../../../../src/runtime/pipe/pipe.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { claimSlot } from '../../../../src/runtime/thread/slot.js';
import type { ThreadEvents } from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { label, makeArena } from '../world.js';
import { CountingThread } from './pipes.js';

/**
 * Rings that keep the last message alone: a message gives way to a newer one while its reader may be about to take it.
 * Each message is a number, twice, far enough apart to be torn. Whoever reads gets no message that was there no longer,
 * or was not the newest when it began to read.
 */

const { slotAt } = memoryLayout;
const { HWM_CONFLATES } = ringLayout;
const ARENA_SIZE = 2 ** 20;
const LENGTH = 8;
/** A word of the pipe's block that nothing else uses: the newest message that has been sent for certain. */
const SENT = pipeLayout.PIPE_BYTES / 4 - 1;
const NOTHING = (): void => undefined;

const NOBODY: ThreadEvents = {
  pipeArrived: NOTHING,
  commandArrived: NOTHING,
  stateRaised: NOTHING,
  pipeStranded: NOTHING,
  deathsSeen: NOTHING,
};

class Side {
  readonly thread: CountingThread;
  pipe: Pipe | undefined;
  ended = false;

  constructor(
    readonly arena: Arena,
    slot: number,
  ) {
    claimSlot(arena.words, slot, slot + 1);
    label(`slot ${slot}`, slotAt(slot), memoryLayout, 'SLOT_');
    this.thread = new CountingThread(arena, slot, NOBODY);
  }

  take(pipe: Pipe): void {
    this.pipe = pipe;
    pipe.events = {
      readActivated: NOTHING,
      writeActivated: NOTHING,
      pipeTerminated: () => {
        this.ended = true;
      },
    };
  }

  /** Sends messages `first` to `last`. None of them ever has to wait where the ring conflates. */
  send(first: number, last: number): void {
    const pipe = this.pipe!;
    for (let number = first; number <= last; number++) {
      if (!pipe.write([message(number)])) throw new Error('a message had to wait');
      store(this.arena.words, pipe.at + SENT, number);
    }
  }

  /** The same, where the ring may not be known to conflate: waits while it is full. */
  sendWaiting(first: number, last: number): void {
    const pipe = this.pipe!;
    for (let number = first; number <= last; number++) {
      this.thread.blockUntil(() => pipe.write([message(number)]), -1, true);
      store(this.arena.words, pipe.at + SENT, number);
    }
  }

  /** Reads until the message with this number has come, or the pipe has ended. Answers the last that came. */
  readUntil(last: number): number {
    let number = 0;
    while (number !== last && !this.ended) number = this.readOne(number);
    return number;
  }

  /** Waits for a message, which has to be newer than `before`; answers its number, or `before` at the end of the pipe. */
  readOne(before: number): number {
    const pipe = this.pipe!;
    this.thread.blockUntil(() => pipe.checkRead() || this.ended, -1, true);
    if (this.ended) return before;
    const sent = load(this.arena.words, pipe.at + SENT);
    // As every receive does, whatever it was told before.
    if (!pipe.checkRead()) throw new Error('a message vanished');
    const number = numberIn(pipe.read()[0]!);
    if (number <= before) throw new Error(`read ${number} after ${before}`);
    if (number < sent) throw new Error(`read ${number} when ${sent} was there`);
    return number;
  }

  /** Takes the next message in a hand, as for a lease, and reads it when the ring has passed it. */
  readInHand(): void {
    const pipe = this.pipe!;
    this.thread.blockUntil(() => pipe.checkRead(), -1, true);
    const { byteOffset } = pipe.readViews()[0]!;
    const hand = this.thread.hands.take(byteOffset);
    pipe.release();
    const { bytes } = this.arena;
    const first = bytes[byteOffset]!;
    const last = bytes[byteOffset + LENGTH - 1]!;
    if (first !== last || first === 0) throw new Error(`a torn message, ${first} and ${last}`);
    this.thread.leases.letGo(hand, byteOffset);
  }

  /** Leaves, and blocks until the peer has left too and all memory is back. */
  leave(): void {
    this.pipe!.terminate();
    this.untilAllIsBack();
  }

  untilAllIsBack(): void {
    const { thread } = this;
    thread.blockUntil(() => thread.registered === 0 && thread.allocator.blocks === 0, -1, true);
  }
}

function message(number: number): Uint8Array {
  return new Uint8Array(LENGTH).fill(number);
}

function numberIn(body: Uint8Array): number {
  if (body.length !== LENGTH) throw new Error(`a message of ${body.length} bytes`);
  const [first] = body;
  if (body.some((byte) => byte !== first)) throw new Error('a torn message');
  return first!;
}

/** A pipe from one side to the other; B has not joined it. */
function unjoined(send: number): { arena: Arena; a: Side; b: Side } {
  const arena = makeArena(ARENA_SIZE);
  label('header', 0, memoryLayout, 'HEADER_');
  const a = new Side(arena, 0);
  const b = new Side(arena, 1);
  a.take(Pipe.create(a.thread, pipeLayout.PIPE_INPROC, { send, receive: 0 }, 0, 0));
  label('pipe', a.pipe!.at, pipeLayout, 'PIPE_');
  label('ring', a.pipe!.at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
  return { arena, a, b };
}

function join(arena: Arena, a: Side, b: Side, receive: number): void {
  const { at } = a.pipe!;
  joinInproc(arena.words, at, 1, { send: 0, receive });
  b.take(Pipe.accept(b.thread, at));
}

function joined(): { a: Side; b: Side } {
  const { arena, a, b } = unjoined(HWM_CONFLATES);
  join(arena, a, b, 0);
  return { a, b };
}

function checkFreed({ thread }: Side): void {
  thread.bodies.collect();
  if (thread.bodies.count !== 0) throw new Error(`${thread.bodies.count} bodies were not freed`);
}

function checkLast(number: number, last: number): void {
  if (number !== last) throw new Error(`${number} was the last that came, and not ${last}`);
}

/** A reader that sleeps whenever there is nothing gets what it can, and the last message for certain. */
export function replaced(): Scenario {
  const { a, b } = joined();
  let last = 0;
  return {
    threads: [() => a.send(1, 3), () => (last = b.readUntil(3))],
    check: () => {
      checkLast(last, 3);
      b.pipe!.release();
      checkFreed(a);
    },
  };
}

/** Four messages, so that each of the three cells is used again, at once with the reading of one. */
export function cellsAgain(): Scenario {
  const { a, b } = joined();
  a.send(1, 1);
  let last = 0;
  return {
    threads: [() => a.send(2, 5), () => (last = b.readUntil(5))],
    check: () => checkLast(last, 5),
  };
}

/** The reader keeps one message in a hand while newer ones come, and takes another. */
export function heldInAHand(): Scenario {
  const { a, b } = joined();
  a.send(1, 1);
  return {
    threads: [
      () => {
        a.send(2, 3);
        a.thread.bodies.collect();
      },
      () => b.readInHand(),
    ],
    check: () => undefined,
  };
}

/** The writer leaves behind its last message, which is read all the same; then all memory comes back. */
export function writerLeaves(): Scenario {
  const { a, b } = joined();
  let last = 0;
  return {
    threads: [
      () => {
        a.send(1, 2);
        a.leave();
      },
      () => {
        last = b.readUntil(-1);
        b.untilAllIsBack();
      },
    ],
    check: () => checkLast(last, 2),
  };
}

/** The reader leaves while messages give way to each other. */
export function readerLeaves(): Scenario {
  const { a, b } = joined();
  return {
    threads: [
      () => {
        const pipe = a.pipe!;
        for (let number = 1; number <= 2; number++) pipe.write([message(number)]);
        a.thread.blockUntil(() => a.ended || (pipe.checkRead(), a.ended), -1, true);
        a.untilAllIsBack();
      },
      () => {
        b.readOne(0);
        b.leave();
      },
    ],
    check: () => undefined,
  };
}

/**
 * The binder of the name conflates, and the writer does not know: it fills its ring, whose mark is 1, and waits. It must
 * not wait on once the binder is there, whether or not that reads; and the binder reads the newest alone.
 */
export function joinedLate(): Scenario {
  const { arena, a, b } = unjoined(1);
  let last = 0;
  return {
    threads: [
      () => a.sendWaiting(1, 3),
      () => {
        join(arena, a, b, HWM_CONFLATES);
        last = b.readUntil(3);
      },
    ],
    check: () => checkLast(last, 3),
  };
}

/** The same, and the binder reads nothing until all has been sent. */
export function joinedAndSilent(): Scenario {
  const { arena, a, b } = unjoined(1);
  return {
    threads: [() => a.sendWaiting(1, 3), () => join(arena, a, b, HWM_CONFLATES)],
    check: () => undefined,
  };
}

/** The writer has filled its ring before; the reader passes over what is older, as it is being added to. */
export function passedOver(): Scenario {
  const { arena, a, b } = unjoined(2);
  a.sendWaiting(1, 2);
  join(arena, a, b, HWM_CONFLATES);
  let last = 0;
  return {
    threads: [() => a.sendWaiting(3, 4), () => (last = b.readUntil(4))],
    check: () => checkLast(last, 4),
  };
}
