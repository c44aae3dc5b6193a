import {
  countServed,
  countSocket,
  flushed,
  ioEnded,
  quiescent,
  raise,
  reportProgress,
  uncountSocket,
} from '../../../../src/runtime/context/ending.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import { ring } from '../../../../src/runtime/thread/doorbell.js';
import { initNode, NODE_PIPE, push } from '../../../../src/runtime/thread/ready-list.js';
import { claimSlot, freeSlot } from '../../../../src/runtime/thread/slot.js';
import {
  type ReceivedCommand,
  Thread,
  type ThreadEvents,
} from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { label, makeArena } from '../world.js';

/** The end of a context: who has a socket, who serves it, and who waits for the end of both. */

const ARENA_SIZE = 2 ** 20;
const SERVE = 1;
const LET_GO = 2;
const NOTHING = (): void => undefined;
const { CONTEXT_EXITING, CONTEXT_STOPPED, CONTEXT_TERMINATED, CREATOR_SLOT, FIRST_IO_SLOT } =
  memoryLayout;
const APPLICATION_SLOT = FIRST_IO_SLOT + 1;

function makeContext(): Arena {
  const arena = makeArena(ARENA_SIZE);
  label('header', 0, memoryLayout, 'HEADER_');
  for (const slot of [CREATOR_SLOT, FIRST_IO_SLOT, APPLICATION_SLOT]) {
    label(`slot ${slot}`, memoryLayout.slotAt(slot), memoryLayout, 'SLOT_');
    if (!claimSlot(arena.words, slot, slot)) throw new Error('a slot is free at first');
  }
  arena.words[memoryLayout.HEADER_IO_PLACES] = 1;
  return arena;
}

/** What somebody has found, and everybody else must agree with. */
class Verdict {
  /** Whoever terminates has found all quiet. */
  quiet = false;

  checkGoesOn(what: string): void {
    if (this.quiet) throw new Error(`all was found quiet, and ${what}`);
  }
}

/** A thread of the context that hears of its states. */
class Member implements ThreadEvents {
  readonly thread: Thread;
  readonly words;
  state = 0;

  constructor(
    readonly arena: Arena,
    readonly slot: number,
    readonly verdict: Verdict,
  ) {
    this.words = arena.words;
    this.thread = new Thread(arena, slot, this);
  }

  pipeArrived(): void {
    throw new Error('not in this scenario');
  }

  commandArrived(_command: ReceivedCommand): void {
    throw new Error('not in this scenario');
  }

  pipeStranded(): void {
    throw new Error('not in this scenario');
  }

  deathsSeen(): void {
    // Nobody dies.
  }

  stateRaised(state: number): void {
    this.state = state;
  }

  ask(kind: number): void {
    this.thread.post(FIRST_IO_SLOT, kind, '', NOTHING);
  }

  hear(state: number): void {
    this.thread.blockUntil(() => this.state >= state, -1, false);
  }
}

/** An I/O worker: serves what it is told to, until it is told to let go. */
class Worker extends Member {
  served = 0;

  /** @param lingers what it lets go of it serves for ever, because the peer is not there */
  constructor(
    arena: Arena,
    verdict: Verdict,
    private readonly lingers: boolean,
  ) {
    super(arena, FIRST_IO_SLOT, verdict);
  }

  override commandArrived(command: ReceivedCommand): void {
    this.verdict.checkGoesOn('a command comes');
    if (command.kind === SERVE) {
      this.served++;
      countServed(this.words, this.slot, 1);
    } else if (!this.lingers) {
      this.letGo();
    }
    command.answer('');
  }

  /** An end node: a socket has left its pipe, and everything it sent has gone out. */
  override pipeArrived(): void {
    this.verdict.checkGoesOn('a pipe ends');
    this.letGo();
  }

  private letGo(): void {
    this.served--;
    countServed(this.words, this.slot, -1);
  }

  work(): void {
    this.hear(CONTEXT_STOPPED);
    freeSlot(this.words, this.slot);
    reportProgress(this.words);
  }
}

/** A thread with a socket. */
class Application extends Member {
  constructor(arena: Arena, verdict: Verdict) {
    super(arena, APPLICATION_SLOT, verdict);
  }

  /** False if the context was ending already. */
  openSocket(): boolean {
    return countSocket(this.words, this.slot) >= 0;
  }

  closeSocket(): void {
    this.verdict.checkGoesOn('a socket is open');
    uncountSocket(this.words, this.slot);
  }

  /** Has its socket served, and closes it as soon as it hears ETERM. */
  work(): void {
    if (this.openSocket()) {
      this.ask(SERVE);
      this.hear(CONTEXT_TERMINATED);
      this.ask(LET_GO);
      this.closeSocket();
    }
  }

  /** The same, and stays until the end. */
  stay(): void {
    this.work();
    this.hear(CONTEXT_STOPPED);
  }

  /** Connects, sends and closes, whatever happens. */
  passBy(): void {
    if (this.openSocket()) {
      this.ask(SERVE);
      const node = this.thread.allocator.allocate(64) >>> 2;
      initNode(this.words, node, NODE_PIPE, node);
      push(this.words, memoryLayout.slotAt(FIRST_IO_SLOT), node);
      ring(this.words, memoryLayout.slotAt(FIRST_IO_SLOT));
      this.closeSocket();
    }
  }
}

/** Whoever terminates, and does not accept an end that is none. */
class Terminator extends Member {
  constructor(
    arena: Arena,
    verdict: Verdict,
    private readonly worker: Worker,
  ) {
    super(arena, CREATOR_SLOT, verdict);
  }

  work(): void {
    raise(this.words, CONTEXT_TERMINATED);
    this.thread.blockUntil(() => quiescent(this.words), -1, false);
    this.verdict.quiet = true;
    if (this.worker.served !== 0) this.verdict.checkGoesOn('something is served');
    this.stop();
  }

  /** Has no patience. */
  giveUp(): void {
    raise(this.words, CONTEXT_TERMINATED);
    this.stop();
  }

  /** The process ends, right after a socket was connected and closed: waits for I/O workers alone. */
  exit(): void {
    this.ask(SERVE);
    this.ask(LET_GO);
    raise(this.words, CONTEXT_EXITING);
    this.thread.blockUntil(() => flushed(this.words), -1, false);
    if (this.worker.served !== 0) throw new Error('all was found flushed, and something is served');
    this.stop();
  }

  private stop(): void {
    raise(this.words, CONTEXT_STOPPED);
    this.thread.blockUntil(() => ioEnded(this.words), -1, false);
  }
}

function actors(lingers = false): [Terminator, Worker, Application] {
  const arena = makeContext();
  const verdict = new Verdict();
  const worker = new Worker(arena, verdict, lingers);
  return [new Terminator(arena, verdict, worker), worker, new Application(arena, verdict)];
}

/** A context is terminated while a thread opens a socket and waits. */
export function terminate(): Scenario {
  const [terminator, worker, application] = actors();
  return {
    threads: [() => application.work(), () => terminator.work(), () => worker.work()],
  };
}

/** A context without I/O workers: a socket is opened and closed while it is terminated. */
export function terminateIdle(): Scenario {
  const [terminator, , application] = actors();
  application.arena.words[memoryLayout.HEADER_IO_PLACES] = 0;
  const idle = (): void => {
    if (application.openSocket()) application.closeSocket();
    application.hear(CONTEXT_STOPPED);
  };
  return { threads: [idle, () => terminator.work()] };
}

/** A thread connects, sends and closes at once: nothing but end nodes and counts tell of it. */
export function terminateInPassing(): Scenario {
  const [terminator, worker, application] = actors();
  return {
    threads: [() => application.passBy(), () => terminator.work(), () => worker.work()],
  };
}

/** A timeout is over before anything is: whoever is left hears of it, and the worker leaves. */
export function giveUp(): Scenario {
  const [terminator, worker, application] = actors(true);
  return {
    threads: [() => application.stay(), () => terminator.giveUp(), () => worker.work()],
  };
}

/** The process ends. */
export function exit(): Scenario {
  const [terminator, worker] = actors();
  return { threads: [() => terminator.exit(), () => worker.work()] };
}
