import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load } from '../../../../src/runtime/memory/atomics.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { announce, joinInproc, Pipe } from '../../../../src/runtime/pipe/pipe.js';
import { FRAME_PIECE } from '../../../../src/runtime/ring/frame.js';
import { FrameCursor } from '../../../../src/runtime/ring/frame-cursor.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { type Ready, Thread } from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { label, looking, makeArena } from '../world.js';
import { Unexpected } from './unexpected.js';

/** Pipes between two threads as they are: duty cycles, blocking waits, and above all the end. */

const ARENA_SIZE = 2 ** 20;
const BODY = Uint8Array.of(1, 2, 3);
const SIGNAL = Uint8Array.of(7, 8);
const { slotAt } = memoryLayout;
const NOTHING = (): void => undefined;
/** So that a thread that looks at two places looks once at each. */
const LOOKS = 2;

/** Knows how many nodes of its pipes may still be pushed. */
export class CountingThread extends Thread {
  registered = 0;

  override register(node: number, ready: Ready): void {
    this.registered++;
    super.register(node, ready);
  }

  override unregister(node: number): void {
    this.registered--;
    super.unregister(node);
  }
}

/** A thread with one pipe. */
export class Side extends Unexpected {
  readonly thread: CountingThread;
  pipe: Pipe | undefined;
  read = 0;
  written = 0;
  over = false;
  /** There may be something to read: as a socket does, it looks only at what it was told of. */
  private told = true;
  /** Called when a pipe has arrived. */
  arrived: (pipe: Pipe) => void = NOTHING;

  constructor(arena: Arena, slot: number) {
    super();
    this.thread = new CountingThread(arena, slot, this);
  }

  take(pipe: Pipe): void {
    if (this.pipe !== undefined) throw new Error('a node that nobody explains');
    this.pipe = pipe;
    pipe.events = {
      readActivated: () => {
        this.told = true;
      },
      writeActivated: NOTHING,
      pipeTerminated: () => {
        this.over = true;
      },
    };
  }

  /** Is there a message? */
  looks(): boolean {
    this.told &&= this.pipe!.checkRead();
    return this.told;
  }

  override pipeArrived(at: number): void {
    this.take(Pipe.accept(this.thread, at));
    this.arrived(this.pipe!);
  }

  /** Reads until there are `count` messages or the peer has left. */
  readUntil(count: number): void {
    this.thread.blockUntil(
      () => {
        while (this.read < count && this.looks()) {
          const [body] = this.pipe!.read();
          if (body!.length !== BODY.length || body![2] !== 3) throw new Error('a torn message');
          this.read++;
        }
        return this.read >= count || this.over;
      },
      -1,
      true,
    );
  }

  introduce(): void {
    if (!this.pipe!.writeSignal(SIGNAL)) throw new Error('no room for a signal');
  }

  /** Writes a message that must find room, whatever signals there are. */
  speak(): void {
    if (!this.pipe!.write([BODY])) throw new Error('a signal has taken the room of a message');
    this.written++;
  }

  /** Reads the peer's signal, which comes before any message. */
  meet(): void {
    this.thread.blockUntil(() => this.looks(), -1, true);
    if (!this.pipe!.holdsSignal) throw new Error('a message has overtaken a signal');
    const [body] = this.pipe!.read();
    if (body!.length !== SIGNAL.length || body![1] !== 8) throw new Error('a torn signal');
  }

  /** Writes `count` messages, fewer if the peer leaves. */
  writeAll(count: number): void {
    this.thread.blockUntil(
      () => {
        while (this.written < count && this.pipe!.write([BODY])) this.written++;
        return this.written >= count || this.pipe!.peerEnded;
      },
      -1,
      true,
    );
  }

  /** The same, as batches of what there is room for. */
  writeBatches(count: number): void {
    const { batch } = this.thread;
    this.thread.blockUntil(
      () => {
        batch.begin();
        while (this.written < count && this.pipe!.write([BODY])) this.written++;
        batch.end();
        return this.written >= count || this.pipe!.peerEnded;
      },
      -1,
      true,
    );
  }

  /** As a session: passes over the piece at the head. Answers how many bytes of its message it has. */
  passPiece(): number {
    const { consumer } = this.pipe!;
    const frame = new FrameCursor(this.thread.arena);
    frame.look(consumer, consumer.head);
    if ((frame.flags & FRAME_PIECE) === 0) throw new Error('no piece');
    consumer.head = frame.next;
    consumer.special = (consumer.special + 1) | 0;
    return frame.length;
  }

  /** Leaves, and blocks until the peer has left too and all memory is back. */
  leave(): void {
    const { thread } = this;
    this.pipe!.terminate();
    thread.blockUntil(() => thread.registered === 0 && thread.allocator.blocks === 0, -1, true);
  }
}

export interface Pair {
  readonly arena: Arena;
  readonly a: Side;
  readonly b: Side;
  readonly at: number;
}

/** A has made a pipe of a kind; B has not taken it in yet. */
function makePair(kind: number, hwm: number): Pair {
  const arena = makeArena(ARENA_SIZE);
  const a = new Side(arena, 0);
  const b = new Side(arena, 1);
  a.take(Pipe.create(a.thread, kind, { send: hwm, receive: hwm }, 1, 0));
  const { at } = a.pipe!;
  label('slot A', slotAt(0), memoryLayout, 'SLOT_');
  label('slot B', slotAt(1), memoryLayout, 'SLOT_');
  label('header', 0, memoryLayout, 'HEADER_');
  label('A→B', at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
  label('B→A', at + pipeLayout.PIPE_RING_B, ringLayout, 'RING_');
  label('pipe', at, pipeLayout, 'PIPE_');
  return { arena, a, b, at };
}

/** Both ends are there before anything happens. */
export function joined(hwm: number): Pair {
  const pair = makePair(pipeLayout.PIPE_INPROC, hwm);
  join(pair);
  return pair;
}

function join({ arena, b, at }: Pair, hwm = 0): void {
  joinInproc(arena.words, at, 1, { send: hwm, receive: hwm });
  b.take(Pipe.accept(b.thread, at));
}

export function checkEnded({ arena, a, b }: Pair, read: number): void {
  for (const slot of [0, 1]) {
    const top = load(arena.words, slotAt(slot) + memoryLayout.SLOT_TOP);
    if (top !== 0) throw new Error(`a node was left on the list of slot ${slot}`);
  }
  if (a.thread.allocator.blocks !== 0) throw new Error('A has not freed everything');
  if (b.thread.allocator.blocks !== 0) throw new Error('B has not freed everything');
  if (b.read < read) throw new Error(`B has read ${b.read} of ${read} messages`);
}

/** What A wrote before it left arrives; then B leaves too. */
export function writeAndLeave(): Scenario {
  const pair = joined(0);
  const { a, b } = pair;
  return {
    threads: [
      () => {
        a.writeAll(2);
        a.leave();
      },
      () => {
        b.readUntil(3);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 2),
  };
}

/** Both leave whenever they like, with messages unread. */
export function bothLeave(): Scenario {
  const pair = joined(0);
  const { a, b } = pair;
  return {
    threads: [
      () => {
        a.pipe!.write([BODY]);
        a.leave();
      },
      () => {
        b.pipe!.write([BODY]);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 0),
  };
}

/** A is stopped by the mark, again and again, until all is written. */
export function fullPipe(): Scenario {
  const pair = makePair(pipeLayout.PIPE_SESSION, 1);
  const { a, b } = pair;
  b.take(Pipe.accept(b.thread, pair.at));
  return {
    threads: [
      () => {
        a.writeAll(3);
        a.leave();
      },
      () => {
        b.readUntil(3);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 3),
  };
}

/** Messages that are published two at a time, as many as the mark allows. */
export function batches(): Scenario {
  const pair = makePair(pipeLayout.PIPE_SESSION, 2);
  const { a, b } = pair;
  b.take(Pipe.accept(b.thread, pair.at));
  return {
    threads: [
      () => {
        a.writeBatches(4);
        a.leave();
      },
      () => {
        b.readUntil(4);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 4),
  };
}

/** A leaves before its batch has ended. */
export function leaveInABatch(): Scenario {
  const pair = joined(0);
  const { a, b } = pair;
  return {
    threads: [
      () => {
        const { batch } = a.thread;
        batch.begin();
        a.speak();
        a.speak();
        a.pipe!.terminate();
        batch.end();
        a.leave();
      },
      () => {
        b.readUntil(3);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 2),
  };
}

/** B leaves while A may wait for room. */
export function leaveFullPipe(): Scenario {
  const pair = makePair(pipeLayout.PIPE_SESSION, 1);
  const { a, b } = pair;
  b.take(Pipe.accept(b.thread, pair.at));
  return {
    threads: [
      () => {
        a.writeAll(3);
        a.leave();
      },
      () => {
        b.readUntil(1);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 1),
  };
}

/** B binds late: A may have left before. */
export function joinLate(): Scenario {
  const pair = makePair(pipeLayout.PIPE_INPROC, 0);
  const { a, b } = pair;
  return {
    threads: [
      () => {
        a.writeAll(1);
        a.leave();
      },
      () => {
        join(pair);
        b.readUntil(2);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 1),
  };
}

/** Each says who it is before anything else: A before it is joined, B as it joins. */
export function introduceEachOther(): Scenario {
  const pair = makePair(pipeLayout.PIPE_INPROC, 1);
  const { a, b } = pair;
  return {
    threads: [
      () => {
        a.introduce();
        a.speak();
        a.meet();
        a.leave();
      },
      () => {
        join(pair, 1);
        b.introduce();
        b.meet();
        b.readUntil(2);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 1),
  };
}

/** A asks and B answers, twice; each looks at its ring before it sleeps. */
export function ask(): Scenario {
  const pair = joined(0);
  const { a, b } = pair;
  looking(LOOKS);
  return {
    threads: [
      () => {
        a.speak();
        a.readUntil(1);
        a.speak();
        a.readUntil(2);
        a.leave();
      },
      () => {
        b.readUntil(1);
        b.speak();
        b.readUntil(2);
        b.speak();
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 2),
  };
}

/** A looks for an answer while it waits for room to ask on: what comes first is the room. */
export function askAhead(): Scenario {
  const pair = makePair(pipeLayout.PIPE_SESSION, 1);
  const { a, b } = pair;
  b.take(Pipe.accept(b.thread, pair.at));
  looking(LOOKS);
  return {
    threads: [
      () => {
        a.writeAll(1);
        a.readUntil(1);
        a.looks();
        a.writeAll(3);
        a.readUntil(2);
        a.writeAll(4);
        a.leave();
      },
      () => {
        b.readUntil(1);
        b.speak();
        b.readUntil(3);
        b.speak();
        b.readUntil(4);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 4),
  };
}

/** B leaves behind its second answer, for which A looks, as for a third one. */
export function answerAndLeave(): Scenario {
  const pair = joined(0);
  const { a, b } = pair;
  looking(LOOKS);
  return {
    threads: [
      () => {
        a.speak();
        a.readUntil(1);
        // To nobody, if B has left.
        a.pipe!.write([BODY]);
        a.readUntil(3);
        a.leave();
      },
      () => {
        b.readUntil(1);
        b.speak();
        b.speak();
        b.leave();
      },
    ],
    check: () => {
      if (a.read !== 2) throw new Error(`A has read ${a.read} of 2 messages`);
      checkEnded(pair, 1);
    },
  };
}

/** B is told of the pipe and refuses it at once; A may have left before. */
export function refuse(): Scenario {
  const pair = makePair(pipeLayout.PIPE_SESSION, 0);
  const { arena, a, b, at } = pair;
  b.arrived = (pipe) => pipe.terminate();
  return {
    threads: [
      () => {
        announce(arena.words, at, 1);
        a.leave();
      },
      () => {
        b.thread.blockUntil(() => b.pipe !== undefined, -1, true);
        b.leave();
      },
    ],
    check: () => checkEnded(pair, 0),
  };
}

/** A command and its answer, both sides blocked. */
export function command(): Scenario {
  const arena = makeArena(ARENA_SIZE);
  const answers: string[] = [];
  const asker = new Thread(arena, 0, new Side(arena, 0));
  let done = false;
  const answerer = new Thread(arena, 1, {
    pipeArrived: NOTHING,
    stateRaised: NOTHING,
    pipeStranded: NOTHING,
    deathsSeen: NOTHING,
    commandArrived: (received) => {
      received.answer(`${received.text}!`);
      done = true;
    },
  });
  label('slot 0', slotAt(0), memoryLayout, 'SLOT_');
  label('slot 1', slotAt(1), memoryLayout, 'SLOT_');
  return {
    threads: [
      () => {
        asker.post(1, 7, 'go', (text) => answers.push(text));
        asker.blockUntil(() => answers.length > 0, -1, true);
      },
      () => {
        answerer.blockUntil(() => done, -1, true);
      },
    ],
    check: () => {
      if (answers[0] !== 'go!') throw new Error('no answer');
      if (asker.allocator.blocks !== 0) throw new Error('the command was not freed');
      if (load(arena.words, slotAt(0) + memoryLayout.SLOT_PENDING) !== 0) {
        throw new Error('the command still counts as pending');
      }
    },
  };
}
