import { BODY_BYTES_LEAST, SHARED_BODY_BYTES_LEAST } from '../../../../src/runtime/base/limits.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { joinInproc, Pipe } from '../../../../src/runtime/pipe/pipe.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { ringAlways } from '../../../../src/runtime/thread/doorbell.js';
import { claimSlot } from '../../../../src/runtime/thread/slot.js';
import { Thread, type ThreadEvents } from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { awaitChange, exhaust, label, makeArena } from '../world.js';

/** Bodies by reference: who frees them, and when; who waits for that, and who for room instead. */

const { slotAt } = memoryLayout;
const ARENA_SIZE = 2 ** 20;
/** Made by a lease, so that so few bytes go by reference. */
const LENGTH = SHARED_BODY_BYTES_LEAST;
const NOTHING = (): void => undefined;

const NOBODY: ThreadEvents = {
  pipeArrived: NOTHING,
  commandArrived: NOTHING,
  stateRaised: NOTHING,
  pipeStranded: NOTHING,
  deathsSeen: NOTHING,
};

class Side {
  readonly thread: Thread;
  readonly pipes: Pipe[] = [];

  constructor(
    readonly arena: Arena,
    slot: number,
  ) {
    label(`slot ${slot}`, slotAt(slot), memoryLayout, 'SLOT_');
    this.thread = new Thread(arena, slot, NOBODY);
  }

  /** Sends a body marked at both ends on some of the pipes, which all have the one body. */
  send(mark: number, pipes: readonly Pipe[]): void {
    const { bodies } = this.thread;
    const body = bodies.make(LENGTH)!;
    const { bytes } = this.arena;
    bytes[body.offset] = mark;
    bytes[body.offset + LENGTH - 1] = mark;
    const view = bodies.view(body);
    for (const pipe of pipes) if (!pipe.write([view])) throw new Error('no room');
    bodies.done(body);
  }

  /** The next message of the first pipe, taken in a hand as for a lease; read after the ring has passed it. */
  receiveInHand(mark: number): void {
    const pipe = this.pipes[0]!;
    this.thread.blockUntil(() => pipe.checkRead(), -1, true);
    const { byteOffset } = pipe.readViews()[0]!;
    const hand = this.thread.hands.take(byteOffset);
    pipe.release();
    const { bytes } = this.arena;
    for (const at of [byteOffset, byteOffset + LENGTH - 1]) {
      const found = bytes[at]!;
      if (found !== mark) throw new Error(`read ${found} in place of ${mark}`);
    }
    this.thread.leases.letGo(hand, byteOffset);
  }

  /** The next message of the first pipe, copied. */
  receive(mark: number): void {
    const pipe = this.pipes[0]!;
    this.thread.blockUntil(() => pipe.checkRead(), -1, true);
    const [body] = pipe.read();
    if (body![0] !== mark || body![LENGTH - 1] !== mark) throw new Error('a torn body');
    pipe.release();
  }
}

function join(arena: Arena, slot: number): Side {
  claimSlot(arena.words, slot, slot + 1);
  return new Side(arena, slot);
}

/** The first side has a pipe to each of the others. */
function sides(count: number): Side[] {
  const arena = makeArena(ARENA_SIZE);
  label('header', 0, memoryLayout, 'HEADER_');
  const all: Side[] = [];
  for (let slot = 0; slot < count; slot++) all.push(join(arena, slot));
  const [sender, ...receivers] = all;
  for (const [index, receiver] of receivers.entries()) {
    const pipe = Pipe.create(sender!.thread, pipeLayout.PIPE_INPROC, { send: 0, receive: 0 }, 0, 0);
    joinInproc(arena.words, pipe.at, index + 1, { send: 0, receive: 0 });
    label(`ring ${index + 1}`, pipe.at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
    sender!.pipes.push(pipe);
    receiver.pipes.push(Pipe.accept(receiver.thread, pipe.at));
  }
  return all;
}

function checkFreed({ thread }: Side): void {
  thread.bodies.collect();
  if (thread.bodies.count !== 0) throw new Error(`${thread.bodies.count} bodies were not freed`);
}

/** A receiver takes each body in a hand and reads it after the ring has passed it, while more are sent. */
export function heldInHand(): Scenario {
  const [a, b] = sides(2) as [Side, Side];
  return {
    threads: [
      () => {
        for (let mark = 1; mark <= 2; mark++) {
          a.send(mark, a.pipes);
          a.thread.bodies.collect();
        }
      },
      () => {
        for (let mark = 1; mark <= 2; mark++) {
          b.receiveInHand(mark);
        }
      },
    ],
    check: () => checkFreed(a),
  };
}

/** One body for two receivers; one holds it, the other reads it from the ring. */
export function sharedByTwo(): Scenario {
  const [a, b, c] = sides(3) as [Side, Side, Side];
  return {
    threads: [
      () => {
        a.send(1, a.pipes);
        a.thread.bodies.collect();
      },
      () => {
        b.receiveInHand(1);
      },
      () => {
        c.receive(1);
      },
    ],
    check: () => checkFreed(a),
  };
}

/** A thread receives a body of its own, and sends it on when nobody but its own hand has it any more. */
export function sentOn(): Scenario {
  const [a, b] = sides(2) as [Side, Side];
  const own = Pipe.create(a.thread, pipeLayout.PIPE_INPROC, { send: 0, receive: 0 }, 0, 0);
  joinInproc(a.arena.words, own.at, 0, { send: 0, receive: 0 });
  const end = Pipe.accept(a.thread, own.at);
  const { bodies, hands, leases } = a.thread;
  return {
    threads: [
      () => {
        a.send(1, [own]);
        a.thread.blockUntil(() => end.checkRead(), -1, true);
        const view = end.readViews()[0]!;
        const hand = hands.take(view.byteOffset);
        end.release();
        bodies.collect();
        if (!a.pipes[0]!.write([view])) throw new Error('no room');
        leases.letGo(hand, view.byteOffset);
        bodies.collect();
      },
      () => {
        b.receive(1);
      },
    ],
    check: () => checkFreed(a),
  };
}

/** An I/O worker forwards what lies in its ring, and looks at frames only if references are counted. */
export function counted(): Scenario {
  const [a, b] = sides(2) as [Side, Side];
  const { consumer } = b.pipes[0]!;
  return {
    threads: [
      () => {
        if (!a.pipes[0]!.write([Uint8Array.of(1, 2, 3)])) throw new Error('no room');
        a.send(1, a.pipes);
        a.thread.bodies.collect();
      },
      () => {
        let raw = 0;
        while (raw < 15) {
          while (!consumer.available()) awaitChange();
          const length = (consumer.limit - consumer.head) | 0;
          if (length > 5 - raw && !consumer.mayHoldSpecial())
            throw new Error('a reference goes out raw');
          raw += length;
          consumer.head = consumer.limit;
        }
        consumer.release();
      },
    ],
    check: () => checkFreed(a),
  };
}

/**
 * What memory there is holds a body that an idle thread has sent. Its receiver reads it and lets go of it, and
 * a third thread needs memory meanwhile.
 */
function waitingForMemory(receive: (receiver: Side) => void): Scenario {
  const [a, b] = sides(2) as [Side, Side];
  const c = join(a.arena, 2);
  a.send(1, a.pipes);
  exhaust();
  let served = false;
  const waiter = { memoryFreed: NOTHING };
  const attempt = (): boolean => {
    const { bodies, shortage } = c.thread;
    do {
      const body = bodies.make(LENGTH);
      if (body !== undefined) {
        bodies.done(body);
        return true;
      }
    } while (shortage.found(waiter));
    return false;
  };
  return {
    threads: [
      () => {
        a.thread.blockUntil(() => served, -1, true);
      },
      () => {
        receive(b);
      },
      () => {
        c.thread.blockUntil(attempt, -1, true);
        served = true;
        ringAlways(c.arena.words, slotAt(0));
      },
    ],
    check: () => checkFreed(a),
  };
}

export function memoryInAHand(): Scenario {
  return waitingForMemory((b) => b.receiveInHand(1));
}

export function memoryInARing(): Scenario {
  return waitingForMemory((b) => b.receive(1));
}

/**
 * There is no memory and there will be none, and the writer knows it. What lies in its ring leaves no room for
 * another message, until the reader has read it.
 */
function waitingForRoom(first: readonly Uint8Array[], second: Uint8Array): Scenario {
  const [a, b] = sides(2) as [Side, Side];
  const [pipe] = a.pipes as [Pipe];
  if (!pipe.write(first)) throw new Error('no room');
  exhaust();
  // It has looked for memory twice: before everybody was asked for some, and after that.
  a.thread.shortage.found(pipe);
  a.thread.turn();
  a.thread.shortage.found(pipe);
  const lengths: number[] = [];
  return {
    threads: [
      () => {
        a.thread.blockUntil(() => pipe.write([second]), -1, true);
      },
      () => {
        const [from] = b.pipes as [Pipe];
        for (let i = 0; i < 2; i++) {
          b.thread.blockUntil(() => from.checkRead(), -1, true);
          lengths.push(from.read()[0]!.length);
          from.release();
        }
      },
    ],
    check: () => {
      if (lengths[1] !== second.length) throw new Error('not what was written');
    },
  };
}

/** The ring holds either of them. */
export function roomInARing(): Scenario {
  return waitingForRoom([new Uint8Array(3000)], new Uint8Array(3000));
}

/** The second would lie outside of the ring, if there were memory. */
export function roomForALargeBody(): Scenario {
  const parts = Array.from({ length: 10 }, () => new Uint8Array(2000));
  return waitingForRoom(parts, new Uint8Array(BODY_BYTES_LEAST));
}
