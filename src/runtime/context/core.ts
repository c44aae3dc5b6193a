import { threadId } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import { INPROC_NAME_LENGTH, IO_THREADS_MAX, SLOTS } from '../base/limits.js';
import type { Arena } from '../memory/arena.js';
import { add, compareExchange, load, store } from '../memory/atomics.js';
import {
  CONTEXT_EXITING,
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  CREATOR_SLOT,
  FIRST_IO_SLOT,
  HEADER_BLOCKY,
  HEADER_CONNECTERS,
  HEADER_IO_THREADS,
  HEADER_MAX_SOCKETS,
  HEADER_SOCKETS,
  HEADER_STATE,
  SLOT_FREE,
  SLOT_LEFT,
  SLOT_LIVE,
  SLOT_PENDING,
  SLOT_SERVING,
  SLOT_SOCKETS,
  SLOT_STATE,
  SLOT_THREAD_ID,
  slotAt,
} from '../memory/layout.js';
import { PIPE_INPROC, PIPE_KIND, PIPE_SOCKET } from '../pipe/layout.js';
import { joinInproc, Pipe, type PipeMarks } from '../pipe/pipe.js';
import { CALL_EXIT, CALL_LEAVE } from '../thread/activity.js';
import { claimAnySlot, claimSlot, freeSlot, ringEveryone, slotState } from '../thread/slot.js';
import { type ReceivedCommand, Thread, type ThreadEvents } from '../thread/thread.js';
import { COMMAND_START_IO, failedAnswer, type StartIoCommand } from './commands.js';
import { type InprocName, InprocNames } from './inproc-names.js';
import { IoWorkers } from './io-workers.js';
import { composeServices, type Services } from './services.js';

/** What a context must know of a socket. All are called from its thread's duty cycle or exit. */
export interface SocketPart {
  /** Marks for a pipe of this socket. */
  readonly marks: PipeMarks;
  attachPipe(pipe: Pipe): void;
  /** ETERM for every pending and later call. */
  contextTerminated(): void;
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
export class ContextCore implements ThreadEvents {
  readonly thread: Thread;
  readonly names: InprocNames;
  readonly io: IoWorkers;
  private readonly sockets = new Map<number, SocketPart>();
  private readonly bound = new Map<bigint, SocketPart>();
  private nextSocket = 1;
  private composed: Services | undefined;
  private left = false;
  private readonly departing = new Set<Departing>();
  /** This thread waits for the context's end. */
  terminating = false;

  private constructor(
    readonly arena: Arena,
    slot: number,
    readonly isCreator: boolean,
  ) {
    this.thread = new Thread(arena, slot, this);
    this.names = new InprocNames(arena);
    this.io = new IoWorkers(arena, this.thread, () => this.services.ioWorker);
    this.thread.listen();
  }

  /** Membership of the thread that has just reserved `arena`. */
  static create(arena: Arena): ContextCore {
    claimSlot(arena.words, CREATOR_SLOT, threadId);
    return new ContextCore(arena, CREATOR_SLOT, true);
  }

  /**
   * Membership of another thread.
   * @throws ZmqError EMFILE if no slot is free
   */
  static join(arena: Arena): ContextCore {
    const slot = claimAnySlot(arena.words, FIRST_IO_SLOT + IO_THREADS_MAX, threadId);
    return new ContextCore(arena, slot, false);
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
    if (add(words, HEADER_SOCKETS, 1) >= load(words, HEADER_MAX_SOCKETS)) {
      add(words, HEADER_SOCKETS, -1);
      throw new ZmqError('EMFILE');
    }
    add(words, slotAt(this.thread.slot) + SLOT_SOCKETS, 1);
    const id = this.nextSocket;
    this.nextSocket = (this.nextSocket + 1) | 0 || 1;
    this.sockets.set(id, socket);
    return id;
  }

  unregister(id: number): void {
    if (!this.sockets.delete(id)) return;
    add(this.arena.words, slotAt(this.thread.slot) + SLOT_SOCKETS, -1);
    add(this.arena.words, HEADER_SOCKETS, -1);
    this.reportProgress();
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
    if (socket === undefined) this.names.connect(name, at);
    else this.joinPipe(at, socket);
  }

  commandArrived(command: ReceivedCommand): void {
    try {
      if (command.kind !== COMMAND_START_IO || !this.isCreator) throw new ZmqError('ENOTSUP');
      this.io.start((JSON.parse(command.text) as StartIoCommand).index);
      command.answer('{}');
    } catch (error) {
      command.answer(JSON.stringify(failedAnswer(error)));
    }
  }

  stateRaised(state: number): void {
    for (const socket of [...this.sockets.values()]) socket.contextTerminated();
    // Whoever terminates leaves when all is over; the other threads have nothing left to do here.
    if (state >= CONTEXT_STOPPED && !this.terminating) setImmediate(() => this.leave());
  }

  // ── Ending ─────────────────────────────────────────────────────────────────────────────────────

  /** Raises the context's state, and tells every thread. */
  raise(state: number): void {
    const { words } = this.arena;
    for (;;) {
      const now = load(words, HEADER_STATE);
      if (now >= state) return;
      if (compareExchange(words, HEADER_STATE, now, state) === now) break;
    }
    ringEveryone(words);
  }

  /** Tells whoever terminates that there is one thing less to wait for. */
  reportProgress(): void {
    if (this.state !== CONTEXT_RUNNING) ringEveryone(this.arena.words);
  }

  /**
   * Are all sockets closed, and has everything been sent or given up? In this order: closing posts
   * commands before it counts the socket, and a worker counts what it serves before it answers. This
   * thread's own observers are told everything, too; those of other threads may be busy, and hold nobody.
   */
  quiescent(): boolean {
    return load(this.arena.words, HEADER_SOCKETS) === 0 && this.flushed() && this.settled();
  }

  /** Have the I/O workers nothing left to send? */
  flushed(): boolean {
    const { words } = this.arena;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (load(words, slotAt(slot) + SLOT_PENDING) !== 0) return false;
    }
    return this.everyIoSlot((slot) => load(words, slotAt(slot) + SLOT_SERVING) === 0);
  }

  /** Have all I/O workers left? */
  ioEnded(): boolean {
    return this.everyIoSlot((slot) => slotState(this.arena.words, slot) === SLOT_FREE);
  }

  /** Is the context at its end, so that no I/O worker will ever say anything more? */
  get over(): boolean {
    return this.state >= CONTEXT_STOPPED && this.ioEnded();
  }

  /** Node's threadIds of the I/O workers that run. */
  ioThreadIds(): number[] {
    const { words } = this.arena;
    const ids: number[] = [];
    for (let i = 0; i < load(words, HEADER_IO_THREADS); i++) {
      const at = slotAt(FIRST_IO_SLOT + i);
      if (load(words, at + SLOT_STATE) !== SLOT_LIVE) continue;
      const id = load(words, at + SLOT_THREAD_ID);
      // 0 is the main thread's, and never an I/O worker's: this one is just about to say its own.
      if (id !== 0) ids.push(id);
    }
    return ids;
  }

  /** Closes every socket of this thread. */
  closeSockets(linger?: number): void {
    for (const socket of [...this.sockets.values()]) socket.close(linger);
  }

  /**
   * The thread ends. Its sockets are closed; its memory is given back if its peers let go of it in
   * time, and stays theirs to read otherwise.
   */
  leave(): void {
    if (this.left) return;
    this.closeSockets();
    this.left = true;
    const { thread } = this;
    const alone = (): boolean => thread.lingering === 0 && thread.unanswered === 0;
    const { words } = this.arena;
    const letGo = thread.blockUntil(alone, LEAVE_PATIENCE, false, CALL_LEAVE);
    if (letGo) thread.directory.release();
    if (letGo && thread.allocator.blocks === 0) {
      thread.allocator.releasePages();
      thread.detach();
      freeSlot(words, thread.slot);
    } else {
      thread.detach();
      store(words, slotAt(thread.slot) + SLOT_STATE, SLOT_LEFT);
    }
    for (const part of [...this.departing]) part.abandon();
  }

  /** The process ends in this thread: everything closed everywhere, and linger honoured. */
  exit(warnAfter: number, warn: () => void): void {
    if (this.left || this.state >= CONTEXT_STOPPED) return;
    this.closeSockets();
    this.raise(CONTEXT_EXITING);
    const flushed = (): boolean => this.flushed();
    if (!this.thread.blockUntil(flushed, warnAfter, false, CALL_EXIT)) {
      warn();
      this.thread.blockUntil(flushed, -1, false, CALL_EXIT);
    }
  }

  private settled(): boolean {
    for (const { settled } of this.departing) if (!settled) return false;
    return true;
  }

  private joinPipe(at: number, socket: SocketPart): void {
    joinInproc(this.arena.words, at, this.thread.slot, socket.marks);
    socket.attachPipe(Pipe.accept(this.thread, at));
  }

  private everyIoSlot(holds: (slot: number) => boolean): boolean {
    const count = load(this.arena.words, HEADER_IO_THREADS);
    for (let i = 0; i < count; i++) if (!holds(FIRST_IO_SLOT + i)) return false;
    return true;
  }
}

function checkInprocName(address: string): string {
  if (Buffer.byteLength(address) > INPROC_NAME_LENGTH) {
    throw new ZmqError('EINVAL', { address: `inproc://${address}` });
  }
  return address;
}
