import { InprocNames } from '../../../../src/runtime/context/inproc-names.js';
import { Reaper } from '../../../../src/runtime/context/reaper.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load, store } from '../../../../src/runtime/memory/atomics.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { Outflow } from '../../../../src/runtime/pipe/outflow.js';
import { announce, joinInproc, Pipe } from '../../../../src/runtime/pipe/pipe.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { Doorbell } from '../../../../src/runtime/thread/doorbell.js';
import {
  claimSlot,
  isDead,
  ownerWord,
  reportDeath,
  stateOf,
} from '../../../../src/runtime/thread/slot.js';
import {
  type ReceivedCommand,
  Thread,
  type ThreadEvents,
} from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { exhaust, kill, label, makeArena } from '../world.js';

/**
 * Threads that die: thread 0 is killed at any step, thread 1 survives it, thread 2 is the reaper. What the dead
 * had sent must be read, and its memory be swept when nobody can touch it any more.
 */

const ARENA_SIZE = 2 ** 20;
const FOREVER = 2 ** 30;
const BODY = Uint8Array.of(1, 2, 3);
const { slotAt, HEADER_DEATHS, SLOT_BURIED, SLOT_FREE, SLOT_LIVE, SLOT_OWNER } = memoryLayout;
const NOTHING = (): void => undefined;

const VICTIM = 0;
const SURVIVOR = 1;
const REAPER = 2;
/** Slots are as many as threads, and numbered like them. */
const SLOTS = 3;
const THREAD_ID = 7;

class Side implements ThreadEvents {
  readonly thread: Thread;
  pipe: Pipe | undefined;
  read = 0;
  written = 0;
  /** How often the pipe was ended. */
  ends = 0;
  stranded = false;
  command: ReceivedCommand | undefined;

  constructor(
    readonly arena: Arena,
    slot: number,
  ) {
    this.thread = new Thread(arena, slot, this);
  }

  take(pipe: Pipe): void {
    this.pipe = pipe;
    pipe.events = {
      readActivated: NOTHING,
      writeActivated: NOTHING,
      pipeTerminated: () => {
        this.ends++;
      },
    };
  }

  pipeArrived(at: number): void {
    if (this.pipe !== undefined) throw new Error('a node that nobody explains');
    joinInproc(this.arena.words, at, this.thread.slot, { send: 0, receive: 0 });
    this.take(Pipe.accept(this.thread, at));
  }

  commandArrived(command: ReceivedCommand): void {
    this.command = command;
  }

  stateRaised(): void {
    throw new Error('not in this scenario');
  }

  pipeStranded(at: number): void {
    this.stranded = true;
    // As when it waits at its name.
    store(this.arena.words, at + pipeLayout.PIPE_HOLDER, 0);
  }

  deathsSeen(): void {
    // Nothing but pipes and commands here.
  }

  write(count: number): void {
    while (this.written < count && this.pipe!.write([BODY])) this.written++;
  }

  /** Reads a message, and comes back for the next in another cycle: the dead must wait for that. */
  readOne(): void {
    const pipe = this.pipe!;
    if (!pipe.checkRead()) return;
    const [body] = pipe.read();
    if (body!.length !== BODY.length || body![2] !== 3) throw new Error('a torn message');
    this.read++;
    this.thread.again();
  }

  /** Goes on until the dead thread's slot is free. */
  untilSwept(act: () => void): void {
    const { words } = this.arena;
    this.thread.blockUntil(
      () => {
        act();
        return load(words, slotAt(VICTIM) + SLOT_OWNER) === SLOT_FREE;
      },
      -1,
      true,
    );
  }
}

function makeSide(arena: Arena, slot: number): Side {
  claimSlot(arena.words, slot, THREAD_ID + slot);
  return new Side(arena, slot);
}

/** Kills the victim, and takes it apart. */
function reaping(arena: Arena): () => void {
  const { words } = arena;
  claimSlot(words, REAPER, THREAD_ID + REAPER);
  // It has no pipes: its own duty cycle has nothing to act on.
  store(words, slotAt(REAPER) + SLOT_OWNER, SLOT_FREE);
  const doorbell = new Doorbell(words, slotAt(REAPER));
  const reaper = new Reaper(arena, REAPER, new InprocNames(arena), SLOTS);
  words[memoryLayout.HEADER_REAPER] = REAPER + 1;
  store(words, memoryLayout.HEADER_TOLD, 1);
  return () => {
    kill(words, VICTIM);
    reportDeath(words, VICTIM, ownerWord(THREAD_ID, SLOT_LIVE));
    for (;;) {
      const bell = doorbell.read();
      reaper.work();
      if (load(words, slotAt(VICTIM) + SLOT_OWNER) === SLOT_FREE) return;
      doorbell.deathsSeen = load(words, HEADER_DEATHS);
      doorbell.sleep(bell, FOREVER);
    }
  };
}

interface Pair {
  readonly arena: Arena;
  readonly victim: Side;
  readonly survivor: Side;
  readonly at: number;
}

/** @param maker whose the pipe is */
function makePair(maker: number, hwm: number): Pair {
  const arena = makeArena(ARENA_SIZE);
  const victim = makeSide(arena, VICTIM);
  const survivor = makeSide(arena, SURVIVOR);
  const a = maker === VICTIM ? victim : survivor;
  a.take(Pipe.create(a.thread, pipeLayout.PIPE_INPROC, { send: hwm, receive: hwm }, 0, 0));
  const { at } = a.pipe!;
  label('slot of the victim', slotAt(VICTIM), memoryLayout, 'SLOT_');
  label('slot of the survivor', slotAt(SURVIVOR), memoryLayout, 'SLOT_');
  label('slot of the reaper', slotAt(REAPER), memoryLayout, 'SLOT_');
  label('header', 0, memoryLayout, 'HEADER_');
  label('A→B', at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
  label('B→A', at + pipeLayout.PIPE_RING_B, ringLayout, 'RING_');
  label('pipe', at, pipeLayout, 'PIPE_');
  return { arena, victim, survivor, at };
}

function join({ arena, victim, survivor, at }: Pair, maker: number, hwm: number): void {
  const b = maker === VICTIM ? survivor : victim;
  joinInproc(arena.words, at, b.thread.slot, { send: hwm, receive: hwm });
  b.take(Pipe.accept(b.thread, at));
}

/** The survivor has everything back, and has read all that was sent. */
function checkPair({ victim, survivor }: Pair): void {
  if (survivor.read < victim.written) {
    throw new Error(`${survivor.read} of ${victim.written} messages were read`);
  }
  if (survivor.ends !== 1) throw new Error(`the pipe ended ${survivor.ends} times`);
  if (survivor.thread.allocator.blocks !== 0) throw new Error('the survivor has not freed all');
}

function sending(maker: number): Scenario {
  const pair = makePair(maker, 0);
  join(pair, maker, 0);
  const { arena, victim, survivor } = pair;
  return {
    threads: [
      () => victim.write(2),
      () => survivor.untilSwept(() => survivor.readOne()),
      reaping(arena),
    ],
    check: () => checkPair(pair),
  };
}

/** The dead had made the pipe: all of it lies in its memory. */
export function makerDiesSending(): Scenario {
  return sending(VICTIM);
}

/** The dead had joined the pipe: what it sent lies in its memory. */
export function joinerDiesSending(): Scenario {
  return sending(SURVIVOR);
}

/** A message in pieces, more than the ring has: it takes two of them. */
const LONG = Uint8Array.from({ length: 5000 }, (_, i) => i);

/** The dead was sending in pieces: what has not come whole is as if it had never been sent. */
export function diesInPieces(): Scenario {
  const pair = makePair(VICTIM, 0);
  join(pair, VICTIM, 0);
  const { arena, victim, survivor } = pair;
  // The ring gets its one segment before there is no more memory.
  victim.write(1);
  survivor.readOne();
  survivor.pipe!.release();
  exhaust();
  return {
    threads: [
      () => {
        const outflow = new Outflow(victim.pipe!, [BODY, LONG]);
        victim.thread.blockUntil(() => outflow.write(), -1, true);
        victim.written++;
      },
      () =>
        survivor.untilSwept(() => {
          if (!survivor.pipe!.checkRead()) return;
          const [first, second] = survivor.pipe!.read();
          if (!first!.equals(BODY) || !second!.equals(LONG)) throw new Error('a torn message');
          survivor.read++;
        }),
      reaping(arena),
    ],
    check: () => checkPair(pair),
  };
}

/** The survivor has not read anything when nobody else needs the dead's memory any more. */
export function readLate(): Scenario {
  const pair = makePair(VICTIM, 0);
  join(pair, VICTIM, 0);
  const { arena, victim, survivor } = pair;
  return {
    threads: [
      () => victim.write(1),
      () =>
        survivor.untilSwept(() => {
          const owner = load(arena.words, slotAt(VICTIM) + SLOT_OWNER);
          if (stateOf(owner) === SLOT_BURIED) survivor.readOne();
        }),
      reaping(arena),
    ],
    check: () => checkPair(pair),
  };
}

/** The survivor waits for room that nobody makes any more. */
export function readerDies(): Scenario {
  const pair = makePair(VICTIM, 1);
  join(pair, VICTIM, 1);
  const { arena, victim, survivor } = pair;
  return {
    threads: [
      () => {
        victim.readOne();
        victim.thread.settleAll();
      },
      () =>
        survivor.untilSwept(() => {
          survivor.write(4);
          survivor.readOne();
        }),
      reaping(arena),
    ],
    check: () => checkPair(pair),
  };
}

/** Both leave: one of them does not come to the end of it. */
function leaverDies(maker: number): Scenario {
  const pair = makePair(maker, 0);
  join(pair, maker, 0);
  const { arena, victim, survivor } = pair;
  return {
    threads: [
      () => {
        victim.pipe!.terminate();
        victim.thread.turn();
      },
      () => {
        survivor.pipe!.terminate();
        survivor.untilSwept(NOTHING);
      },
      reaping(arena),
    ],
    check: () => {
      if (survivor.thread.allocator.blocks !== 0) throw new Error('the survivor has not freed all');
      if (survivor.thread.lingering !== 0) throw new Error('the survivor waits on');
    },
  };
}

export function leavingMakerDies(): Scenario {
  return leaverDies(VICTIM);
}

export function leavingJoinerDies(): Scenario {
  return leaverDies(SURVIVOR);
}

/** A pipe is on its way to the dead, which may have joined it, or may be about to. */
export function binderDies(): Scenario {
  const pair = makePair(SURVIVOR, 0);
  const { arena, victim, survivor, at } = pair;
  return {
    threads: [
      () => {
        victim.thread.turn();
      },
      () => {
        store(arena.words, at + pipeLayout.PIPE_HOLDER, VICTIM + 1);
        announce(arena.words, at, VICTIM);
        survivor.untilSwept(() => {
          if (!survivor.stranded) survivor.readOne();
        });
      },
      reaping(arena),
    ],
    check: () => {
      if (survivor.stranded === (survivor.ends === 1)) {
        throw new Error('the pipe is neither given back nor ended, or both');
      }
    },
  };
}

/** The dead was to answer a command. */
export function answererDies(): Scenario {
  const arena = makeArena(ARENA_SIZE);
  const victim = makeSide(arena, VICTIM);
  const survivor = makeSide(arena, SURVIVOR);
  const answers: string[] = [];
  return {
    threads: [
      () => {
        victim.thread.turn();
        if (victim.command !== undefined) victim.command.answer('{}');
      },
      () => {
        survivor.thread.post(VICTIM, 7, '{}', (text) => answers.push(text));
        survivor.untilSwept(NOTHING);
        survivor.thread.turn();
      },
      reaping(arena),
    ],
    check: () => {
      if (answers.length !== 1) throw new Error(`${answers.length} answers`);
      if (survivor.thread.allocator.blocks !== 0) throw new Error('the command was not freed');
    },
  };
}

/** The dead had asked: nobody may answer into its memory. */
export function askerDies(): Scenario {
  const arena = makeArena(ARENA_SIZE);
  const victim = makeSide(arena, VICTIM);
  const survivor = makeSide(arena, SURVIVOR);
  return {
    threads: [
      () => victim.thread.post(SURVIVOR, 7, '{}', NOTHING),
      () => {
        survivor.untilSwept(NOTHING);
        if (survivor.command !== undefined) survivor.command.answer('{}');
      },
      reaping(arena),
    ],
  };
}

/** What the dead had bound is bound anew while the reaper unbinds it: whoever knows of the death may have it. */
export function nameBoundAnew(): Scenario {
  const arena = makeArena(ARENA_SIZE);
  const { words } = arena;
  makeSide(arena, VICTIM);
  const survivor = makeSide(arena, SURVIVOR);
  const names = new InprocNames(arena);
  const name = names.find('name');
  let bound = false;
  return {
    threads: [
      () => names.bind(name, VICTIM),
      () => {
        survivor.thread.blockUntil(() => isDead(words, VICTIM), -1, true);
        bound = names.bind(name, SURVIVOR);
        survivor.untilSwept(NOTHING);
      },
      reaping(arena),
    ],
    check: () => {
      if (!bound || names.bind(name, REAPER)) throw new Error('the survivor has not got the name');
    },
  };
}
