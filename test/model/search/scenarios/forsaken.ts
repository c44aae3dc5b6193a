import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load } from '../../../../src/runtime/memory/atomics.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { joinInproc, Pipe } from '../../../../src/runtime/pipe/pipe.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { ringAlways } from '../../../../src/runtime/thread/doorbell.js';
import { claimSlot, freeSlot, leaveSlot } from '../../../../src/runtime/thread/slot.js';
import { type ReceivedCommand, Thread } from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { label, makeArena } from '../world.js';
import { Unexpected } from './unexpected.js';

/**
 * The end of a context: thread 0 leaves it, and thread 1 is gone before it has done all that thread 0 waits for. What
 * it has done is acted on, and nothing of thread 0's is freed that it may still touch.
 */

const ARENA_SIZE = 2 ** 20;
const BODY = Uint8Array.of(1, 2, 3);
const LEAVER = 0;
const GONE = 1;
const THREAD_ID = 7;
const { slotAt } = memoryLayout;
const NOTHING = (): void => undefined;

class Side extends Unexpected {
  readonly thread: Thread;
  pipe: Pipe | undefined;
  private command: ReceivedCommand | undefined;

  constructor(
    readonly arena: Arena,
    slot: number,
  ) {
    super();
    this.thread = new Thread(arena, slot, this);
  }

  take(pipe: Pipe): void {
    this.pipe = pipe;
    pipe.events = { readActivated: NOTHING, writeActivated: NOTHING, pipeTerminated: NOTHING };
  }

  override commandArrived(command: ReceivedCommand): void {
    this.command = command;
  }

  override deathsSeen(): void {
    // Nobody dies, but whoever comes to a list with something on it looks.
  }

  /** Carries out what has come, if anything has. */
  answer(): void {
    this.thread.turn();
    this.command?.answer('{}');
  }

  /** Waits until nothing is to be waited for. */
  leave(): void {
    const { thread } = this;
    const alone = (): boolean => {
      thread.endForsakenTies();
      return thread.lingering === 0 && thread.unanswered === 0;
    };
    thread.blockUntil(alone, -1, false);
  }

  checkLeft(): void {
    const { thread, arena } = this;
    if (thread.allocator.blocks !== 0) throw new Error('not everything was freed');
    const top = load(arena.words, slotAt(thread.slot) + memoryLayout.SLOT_TOP);
    if (top !== 0) throw new Error('a node was left on the list');
  }
}

function makeSide(arena: Arena, slot: number): Side {
  claimSlot(arena.words, slot, THREAD_ID + slot);
  return new Side(arena, slot);
}

function makeContext(): Arena {
  const arena = makeArena(ARENA_SIZE);
  label('slot of the leaver', slotAt(LEAVER), memoryLayout, 'SLOT_');
  label('slot of the other', slotAt(GONE), memoryLayout, 'SLOT_');
  label('header', 0, memoryLayout, 'HEADER_');
  return arena;
}

/** Both leave their pipe, and the other does not wait for the end of that. */
function leaves(maker: number): Scenario {
  const arena = makeContext();
  const { words } = arena;
  const leaver = makeSide(arena, LEAVER);
  const gone = makeSide(arena, GONE);
  const [a, b] = maker === LEAVER ? [leaver, gone] : [gone, leaver];
  const marks = { send: 0, receive: 0 };
  a.take(Pipe.create(a.thread, pipeLayout.PIPE_INPROC, marks, 0, 0));
  const { at } = a.pipe!;
  label('A→B', at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
  label('B→A', at + pipeLayout.PIPE_RING_B, ringLayout, 'RING_');
  label('pipe', at, pipeLayout, 'PIPE_');
  joinInproc(words, at, b.thread.slot, marks);
  b.take(Pipe.accept(b.thread, at));
  return {
    threads: [
      () => {
        leaver.pipe!.write([BODY]);
        leaver.pipe!.terminate();
        leaver.leave();
      },
      () => {
        gone.pipe!.terminate();
        gone.thread.turn();
        leaveSlot(words, GONE, 0);
        // In place of the patience that is over at some time.
        ringAlways(words, slotAt(LEAVER));
      },
    ],
    check: () => leaver.checkLeft(),
  };
}

export function joinerGoes(): Scenario {
  return leaves(LEAVER);
}

export function makerGoes(): Scenario {
  return leaves(GONE);
}

/** A command is posted to an I/O worker that is still starting, or has left, or leaves just now. */
export function workerStarts(): Scenario {
  const arena = makeContext();
  const { words } = arena;
  const leaver = makeSide(arena, LEAVER);
  const answers: string[] = [];
  return {
    threads: [
      () => {
        leaver.thread.post(GONE, 7, '{}', (text) => answers.push(text));
        leaver.leave();
      },
      () => {
        // In steps of this thread: it may not have come so far when it is looked for.
        claimSlot(words, GONE, THREAD_ID + GONE);
        const worker = new Side(arena, GONE);
        worker.answer();
        freeSlot(words, GONE);
        ringAlways(words, slotAt(LEAVER));
      },
    ],
    check: () => {
      if (answers.length !== 1) throw new Error(`${answers.length} answers`);
      leaver.checkLeft();
    },
  };
}
