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
import { claimSlot, freeSlot } from '../../../../src/runtime/thread/slot.js';
import {
  type ReceivedCommand,
  Thread,
  type ThreadEvents,
} from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { awaitChange, label, makeArena } from '../world.js';

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
  arena.words[memoryLayout.HEADER_IO_THREADS] = 1;
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
      this.served--;
      countServed(this.words, this.slot, -1);
    }
    command.answer('');
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

  ask(kind: number): void {
    this.thread.post(FIRST_IO_SLOT, kind, '', NOTHING);
  }

  /** Has its socket served, and closes it as soon as it hears ETERM. */
  work(): void {
    if (this.openSocket()) {
      this.ask(SERVE);
      this.hear(CONTEXT_TERMINATED);
      this.ask(LET_GO);
      this.closeSocket();
    }
    this.hear(CONTEXT_STOPPED);
  }

  /** Opens, sends and closes, whatever happens. */
  passBy(): void {
    if (!this.openSocket()) return;
    this.ask(SERVE);
    this.closeSocket();
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

  /** The process ends: waits for I/O workers, and for no thread's sockets. */
  exit(): void {
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
    threads: [() => terminator.work(), () => worker.work(), () => application.work()],
  };
}

/** Nothing is served: a socket is opened and closed, while the context is terminated. */
export function terminateIdle(): Scenario {
  const [terminator, worker, application] = actors();
  const idle = (): void => {
    if (application.openSocket()) application.closeSocket();
    application.hear(CONTEXT_STOPPED);
  };
  return { threads: [() => terminator.work(), () => worker.work(), idle] };
}

/** A thread opens, sends and closes at once; when everything has gone out the worker lets go by itself. */
export function terminateInPassing(): Scenario {
  const [terminator, worker, application] = actors();
  const work = (): void => {
    worker.thread.blockUntil(() => worker.served > 0 || worker.state >= CONTEXT_STOPPED, -1, false);
    if (worker.served > 0) {
      awaitChange();
      worker.served--;
      countServed(worker.words, worker.slot, -1);
    }
    worker.work();
  };
  return { threads: [() => terminator.work(), work, () => application.passBy()] };
}

/** A timeout is over before anything is: whoever is left hears of it, and the worker leaves. */
export function giveUp(): Scenario {
  const [terminator, worker, application] = actors(true);
  return {
    threads: [() => terminator.giveUp(), () => worker.work(), () => application.work()],
  };
}

/** The process ends while a thread has a socket served. */
export function exit(): Scenario {
  const [terminator, worker, application] = actors();
  const pass = (): void => {
    application.ask(SERVE);
    application.ask(LET_GO);
  };
  return { threads: [() => terminator.exit(), () => worker.work(), pass] };
}
