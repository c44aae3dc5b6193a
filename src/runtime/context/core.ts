import { Buffer } from 'node:buffer';
import { threadId } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import { INPROC_NAME_LENGTH, IO_THREADS_MAX } from '../base/limits.js';
import type { Arena } from '../memory/arena.js';
import { add, load, store } from '../memory/atomics.js';
import {
  CONTEXT_EXITING,
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  CREATOR_SLOT,
  FIRST_IO_SLOT,
  HEADER_BLOCKY,
  HEADER_CONNECTERS,
  HEADER_IO_PLACES,
  HEADER_IO_THREADS,
  HEADER_MAX_SOCKETS,
  HEADER_STATE,
  SLOT_LIVE,
  SLOT_OWNER,
  slotAt,
} from '../memory/layout.js';
import { PIPE_INPROC, PIPE_KIND, PIPE_SOCKET } from '../pipe/layout.js';
import { joinInproc, Pipe, type PipeMarks } from '../pipe/pipe.js';
import { CALL_EXIT, CALL_LEAVE } from '../thread/activity.js';
import {
  claimAnySlot,
  claimSlot,
  freeSlot,
  isDead,
  leaveSlot,
  reportDeath,
  reportThreadEnd,
  stateOf,
  threadOf,
} from '../thread/slot.js';
import { type ReceivedCommand, Thread, type ThreadEvents } from '../thread/thread.js';
import { COMMAND_START_IO, COMMAND_WAKE, failedAnswer, type StartIoCommand } from './commands.js';
import { unwatchChildren, watchChildren } from './children.js';
import { countSocket, flushed, ioEnded, raise, uncountSocket } from './ending.js';
import { type InprocName, InprocNames } from './inproc-names.js';
import { IoWorkers } from './io-workers.js';
import { Ledger, type SocketAccount } from './ledger.js';
import { Lifelines, unwatchLifelines, watchLifelines } from './lifelines.js';
import { Reaper } from './reaper.js';
import { composeServices, type Services } from './services.js';
import { type TerminatingThread, Termination } from './termination.js';
import { writeNamePrefix } from './thread-names.js';

/** What a context must know of a socket. All are called from its thread's duty cycle or exit. */
export interface SocketPart {
  /** Marks for a pipe of this socket. */
  readonly marks: PipeMarks;
  /** What there is to report of it. */
  readonly account: SocketAccount;
  attachPipe(pipe: Pipe): void;
  /** I/O workers may have died, or others may have come in their place. */
  workersDied(): void;
  /** ETERM for every pending and later call. */
  contextTerminated(): void;
  /** Everything is given back, and calls go on answering ETERM until the owner closes the socket. */
  contextEnded(): void;
  /** @param linger in place of the socket's own, in milliseconds */
  close(linger?: number): void;
}

/** What outlives its socket for a while: an observer, until its I/O workers have told everything. */
export interface Departing {
  /** Nothing more will come. */
  readonly settled: boolean;
  /** The thread has left the context: whatever has not come by now never will. */
  abandon(): void;
}

/** How long a thread that ends waits for its peers to let go of its memory, in milliseconds. */
const LEAVE_PATIENCE = 50;

/**
 * One thread's membership in a context: its sockets, the names they have bound, and what the thread
 * does when others call. The public face is Context.
 */
export class ContextCore implements ThreadEvents, TerminatingThread {
  readonly thread: Thread;
  readonly names: InprocNames;
  readonly io: IoWorkers;
  readonly ledger: Ledger;
  readonly termination = new Termination(this);
  private readonly wakes = new Set<() => void>();
  private readonly sockets = new Map<number, SocketPart>();
  private readonly bound = new Map<bigint, SocketPart>();
  private nextSocket = 1;
  private composed: Services | undefined;
  private readonly lifelines: Lifelines;
  private hasLeft = false;
  private readonly departing = new Set<Departing>();

  private constructor(
    readonly arena: Arena,
    slot: number,
    readonly isCreator: boolean,
  ) {
    this.thread = new Thread(arena, slot, this);
    this.names = new InprocNames(arena);
    this.ledger = new Ledger(this.thread);
    this.lifelines = new Lifelines(arena.words);
    this.io = new IoWorkers(
      arena,
      this.thread,
      () => this.services.ioWorker,
      (died) => this.ioWorkerDied(died),
    );
    watchChildren(this.threadEnded);
    this.thread.listen();
  }

  /** Membership of the thread that has just reserved `arena`. */
  static create(arena: Arena): ContextCore {
    claimSlot(arena.words, CREATOR_SLOT, threadId);
    const core = new ContextCore(arena, CREATOR_SLOT, true);
    watchLifelines(core.threadEnded);
    if (load(arena.words, HEADER_IO_THREADS) === 0) core.reap();
    return core;
  }

  /**
   * Membership of another thread.
   * @throws ZmqError EMFILE if no slot is free
   */
  static join(arena: Arena): ContextCore {
    const slot = claimAnySlot(arena.words, FIRST_IO_SLOT + IO_THREADS_MAX, threadId);
    const core = new ContextCore(arena, slot, false);
    core.stayTied();
    return core;
  }

  /** What the context is composed of; made at its first use, since it costs some 20 ms. */
  get services(): Services {
    return (this.composed ??= composeServices());
  }

  get state(): number {
    return load(this.arena.words, HEADER_STATE);
  }

  get blocky(): boolean {
    return load(this.arena.words, HEADER_BLOCKY) !== 0;
  }

  /** @throws ZmqError ETERM once the context was shut down */
  checkRunning(): void {
    if (this.state !== CONTEXT_RUNNING || this.left) throw new ZmqError('ETERM');
  }

  // ── Sockets ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes a socket in. Answers its number in this thread.
   * @throws ZmqError ETERM after shutdown; EMFILE if the context has all sockets it may have
   */
  register(socket: SocketPart): number {
    this.checkRunning();
    const { words } = this.arena;
    const before = countSocket(words, this.thread.slot);
    if (before < 0) throw new ZmqError('ETERM');
    if (before >= load(words, HEADER_MAX_SOCKETS)) {
      uncountSocket(words, this.thread.slot);
      throw new ZmqError('EMFILE');
    }
    const id = this.nextSocket;
    this.nextSocket = (this.nextSocket + 1) | 0 || 1;
    this.sockets.set(id, socket);
    return id;
  }

  /** A socket is about to close, and still knows what there is to report of it. */
  noteClosing(id: number, socket: SocketPart): void {
    if (this.state !== CONTEXT_RUNNING) this.ledger.noteSocket(id, socket.account);
  }

  /** The socket is closed, and all that this asks of others has been posted. */
  unregister(id: number): void {
    if (!this.sockets.delete(id)) return;
    this.ledger.noteClosed(id);
    uncountSocket(this.arena.words, this.thread.slot);
  }

  /**
   * Binds an inproc name to a socket, and attaches what has waited for it.
   * @throws ZmqError EADDRINUSE, EINVAL
   */
  bindInproc(address: string, socket: SocketPart): InprocName {
    const name = this.names.find(checkInprocName(address));
    if (!this.names.bind(name, this.thread.slot)) {
      throw new ZmqError('EADDRINUSE', { address: `inproc://${address}` });
    }
    this.bound.set(name.key, socket);
    for (const pipe of this.names.takeWaiting(name)) this.joinPipe(pipe, socket);
    return name;
  }

  unbindInproc(name: InprocName): void {
    this.names.unbind(name);
    this.bound.delete(name.key);
  }

  /**
   * Connects a pipe of this thread's to an inproc name, bound now or later.
   * @param prepare writes what the pipe must hold before anybody sees it
   */
  connectInproc(address: string, marks: PipeMarks, prepare: (pipe: Pipe) => void): Pipe {
    const name = this.names.find(checkInprocName(address));
    const pipe = Pipe.create(this.thread, PIPE_INPROC, marks, 0, 0);
    prepare(pipe);
    this.names.connect(name, pipe.at);
    return pipe;
  }

  /** A number for a connecter with `immediate`, unlike any listener's and any other's in the context. */
  nextConnecter(): number {
    return -1 - (add(this.arena.words, HEADER_CONNECTERS, 1) & (2 ** 30 - 1));
  }

  /** Takes in something that other threads still owe an answer when its socket is closed. */
  adopt(part: Departing): void {
    this.departing.add(part);
  }

  release(part: Departing): void {
    this.departing.delete(part);
  }

  // ── Calls of other threads ─────────────────────────────────────────────────────────────────────

  pipeArrived(at: number): void {
    const { words } = this.arena;
    if (words[at + PIPE_KIND] !== PIPE_INPROC) {
      const pipe = Pipe.accept(this.thread, at);
      const socket = this.sockets.get(words[at + PIPE_SOCKET]!);
      // Closed in the meantime: the connection ends.
      if (socket === undefined) pipe.terminate();
      else socket.attachPipe(pipe);
      return;
    }
    const name = this.names.nameOf(at);
    const socket = this.bound.get(name.key);
    // Unbound in the meantime: the pipe waits for the next binder, as if it had come later.
    if (socket !== undefined) this.joinPipe(at, socket);
    else if (!this.names.makerIsDead(at)) this.names.connect(name, at);
  }

  pipeStranded(at: number): void {
    this.names.connect(this.names.nameOf(at), at);
  }

  deathsSeen(): void {
    const { words } = this.arena;
    if (!isDead(words, CREATOR_SLOT)) {
      for (const socket of this.sockets.values()) socket.workersDied();
      return;
    }
    // Its I/O workers have died with it, the reaper among them: the context is over.
    for (let slot = FIRST_IO_SLOT; slot < FIRST_IO_SLOT + IO_THREADS_MAX; slot++) {
      const owner = load(words, slotAt(slot) + SLOT_OWNER);
      if (stateOf(owner) === SLOT_LIVE) reportDeath(words, slot, owner);
    }
    raise(this.arena.words, CONTEXT_STOPPED);
  }

  /** Has another thread look, even if it is blocked: its `onWake` is called. */
  wake(slot: number): void {
    this.thread.post(slot, COMMAND_WAKE, '', () => undefined);
  }

  /** Calls `woken` when another thread says so, also within this thread's blocking calls. The answer takes it back. */
  onWake(woken: () => void): () => void {
    this.wakes.add(woken);
    return () => void this.wakes.delete(woken);
  }

  commandArrived(command: ReceivedCommand): void {
    try {
      if (command.kind === COMMAND_WAKE) {
        for (const woken of [...this.wakes]) woken();
        command.answer('{}');
        return;
      }
      if (command.kind !== COMMAND_START_IO || !this.isCreator) throw new ZmqError('ENOTSUP');
      this.io.start((JSON.parse(command.text) as StartIoCommand).index);
      command.answer('{}');
    } catch (error) {
      command.answer(JSON.stringify(failedAnswer(error)));
    }
  }

  stateRaised(state: number): void {
    for (const [id, socket] of [...this.sockets]) {
      this.ledger.noteSocket(id, socket.account);
      socket.contextTerminated();
    }
    // Whoever waits for the end leaves when it has come; the other threads wait for what is left of it.
    if (state >= CONTEXT_STOPPED && !this.termination.waits) setImmediate(() => this.stopped());
  }

  // ── Ending ─────────────────────────────────────────────────────────────────────────────────────

  /** This thread's own observers are told everything; those of other threads may be busy, and hold nobody. */
  get settled(): boolean {
    for (const { settled } of this.departing) if (!settled) return false;
    return true;
  }

  get left(): boolean {
    return this.hasLeft;
  }

  workersEnded(): Promise<void> {
    return this.io.ended();
  }

  /** Is the context at its end, so that no I/O worker will ever say anything more? */
  get over(): boolean {
    return this.state >= CONTEXT_STOPPED && ioEnded(this.arena.words);
  }

  /** Node's threadIds of the I/O workers that run. */
  ioThreadIds(): number[] {
    const { words } = this.arena;
    const ids: number[] = [];
    for (let i = 0; i < load(words, HEADER_IO_PLACES); i++) {
      const owner = load(words, slotAt(FIRST_IO_SLOT + i) + SLOT_OWNER);
      if (stateOf(owner) === SLOT_LIVE) ids.push(threadOf(owner));
    }
    return ids;
  }

  /**
   * Lets there be more I/O workers.
   * @throws ZmqError ENOTSUP if there were to be fewer, or there are none: then the creator reaps, and goes on to; or
   * if this is not the creator's thread, where alone places are added
   */
  growIoWorkers(count: number): void {
    this.checkRunning();
    const { words } = this.arena;
    const more = count - load(words, HEADER_IO_THREADS);
    if (more === 0) return;
    if (more < 0 || count === more || !this.isCreator) {
      const message = 'I/O threads are only added, to others, by the thread that made the context';
      throw new ZmqError('ENOTSUP', { message });
    }
    this.io.grow(more);
    store(words, HEADER_IO_THREADS, count);
  }

  /** @throws ZmqError ENOTSUP if this is not the creator's thread, which starts those that it names */
  nameIoWorkers(prefix: string): void {
    if (!this.isCreator) {
      const message = 'I/O threads are named by the thread that made the context';
      throw new ZmqError('ENOTSUP', { message });
    }
    writeNamePrefix(this.arena.words, prefix);
  }

  /** Closes every socket of this thread. */
  closeSockets(linger?: number): void {
    for (const socket of [...this.sockets.values()]) socket.close(linger);
  }

  /** Takes from every socket of this thread what it has of the context, at once. */
  private endSockets(): void {
    for (const socket of [...this.sockets.values()]) socket.contextEnded();
  }

  /**
   * The thread ends. Its sockets are closed; its memory is given back if its peers let go of it in
   * time. Otherwise the reaper does so, once they have read it.
   */
  leave(): void {
    if (this.left) return;
    // After the end there is nobody to linger for.
    this.closeSockets(this.state >= CONTEXT_STOPPED ? 0 : undefined);
    this.hasLeft = true;
    const { thread } = this;
    const alone = (): boolean => {
      // Those who have left say nothing more; whoever is still there has its time.
      if (this.over) thread.endForsakenTies();
      return thread.lingering === 0 && thread.unanswered === 0;
    };
    const { words } = this.arena;
    const letGo = thread.blockUntil(alone, LEAVE_PATIENCE, false, CALL_LEAVE);
    if (letGo) thread.directory.release();
    if (letGo && thread.allocator.blocks === 0) {
      thread.allocator.releasePages();
      thread.detach();
      freeSlot(words, thread.slot);
    } else {
      thread.detach();
      leaveSlot(words, thread.slot, thread.linkUnjoined());
    }
    unwatchChildren(this.threadEnded);
    unwatchLifelines(this.threadEnded);
    for (const part of [...this.departing]) part.abandon();
  }

  /** The process ends in this thread: everything closed everywhere, and linger honoured. */
  exit(warnAfter: number, warn: () => void): void {
    if (this.left || this.state >= CONTEXT_STOPPED) return;
    this.closeSockets();
    const { words } = this.arena;
    raise(words, CONTEXT_EXITING);
    const done = (): boolean => flushed(words);
    if (!this.thread.blockUntil(done, warnAfter, false, CALL_EXIT)) {
      warn();
      this.thread.blockUntil(done, -1, false, CALL_EXIT);
    }
  }

  /** From now on the reaper learns of this thread's death. It is the first I/O worker. */
  private stayTied(): void {
    if (this.state === CONTEXT_RUNNING && load(this.arena.words, HEADER_IO_THREADS) > 0) {
      this.io.need(0);
    }
    const { words } = this.arena;
    const creator = load(words, slotAt(CREATOR_SLOT) + SLOT_OWNER);
    this.lifelines.tieToCreator(() => this.threadEnded(threadOf(creator)));
    this.thread.watch(() => this.lifelines.tieToReaper());
  }

  /** This thread is the reaper from now on, as far as it turns its event loop. */
  private reap(): void {
    const reaper = new Reaper(this.arena, this.thread.slot, this.names);
    reaper.start();
    this.thread.watch(() => reaper.work());
  }

  private readonly threadEnded = (ended: number): void => {
    reportThreadEnd(this.arena.words, ended);
    // The reaper may be what has died.
    this.thread.scheduleTurn();
  };

  private ioWorkerDied(slot: number): void {
    if (slot === FIRST_IO_SLOT && !this.left) this.reap();
  }

  /** The context is at its end, and this thread did not ask for it. */
  private stopped(): void {
    this.endSockets();
    void this.termination.wait(-1);
  }

  private joinPipe(at: number, socket: SocketPart): void {
    joinInproc(this.arena.words, at, this.thread.slot, socket.marks);
    socket.attachPipe(Pipe.accept(this.thread, at));
  }
}

function checkInprocName(address: string): string {
  if (Buffer.byteLength(address) > INPROC_NAME_LENGTH) {
    throw new ZmqError('EINVAL', { address: `inproc://${address}` });
  }
  return address;
}
