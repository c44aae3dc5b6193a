import { Worker } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import { IO_THREADS_MAX } from '../base/limits.js';
import type { Arena, ContextHandle } from '../memory/arena.js';
import { add, compareExchange, load, store } from '../memory/atomics.js';
import {
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  CREATOR_SLOT,
  FIRST_IO_SLOT,
  HEADER_IO_STATES,
  HEADER_IO_PLACES,
  HEADER_NEXT_IO,
  HEADER_STATE,
  IO_ABSENT,
  IO_DEAD,
  IO_STARTED,
  SLOT_LIVE,
  SLOT_OWNER,
  slotAt,
} from '../memory/layout.js';
import { claimSlot, isDead, ownerWord, reportDeath, retellDeaths } from '../thread/slot.js';
import type { Thread } from '../thread/thread.js';
import { COMMAND_START_IO, type StartIoCommand } from './commands.js';

/** What an I/O worker gets as its `workerData`. */
export interface IoWorkerData {
  readonly handle: ContextHandle;
  readonly slot: number;
}

/**
 * The context's I/O workers, seen from one of its threads. Only the creator starts them, because a
 * worker started by a worker dies with it; any thread may ask, and does not wait for the start.
 */
export class IoWorkers {
  private readonly workers: Worker[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly thread: Thread,
    private readonly entry: () => URL,
    /** An I/O worker of this thread's has died. */
    private readonly died: (slot: number) => void,
  ) {}

  /**
   * Slot of the I/O worker that serves the next endpoint; started if it is not running.
   * @throws ZmqError EMTHREAD if the context has none, or none that lives: they have died, and nobody has
   * replaced them yet, or they have done so too often
   */
  next(): number {
    const { words } = this.arena;
    const count = load(words, HEADER_IO_PLACES);
    // One number for all looks: others take some in between, and the one that lives may be among them.
    const first = add(words, HEADER_NEXT_IO, 1) >>> 0;
    for (let looks = 0; looks < count; looks++) {
      const index = (first + looks) % count;
      if (load(words, HEADER_IO_STATES + index) === IO_DEAD) continue;
      // Nobody who could replace it knows yet.
      if (isDead(words, FIRST_IO_SLOT + index)) continue;
      this.need(index);
      return FIRST_IO_SLOT + index;
    }
    throw new ZmqError('EMTHREAD');
  }

  /** Has any of them died? */
  get someDied(): boolean {
    const { words } = this.arena;
    for (let index = 0; index < load(words, HEADER_IO_PLACES); index++) {
      if (isDead(words, FIRST_IO_SLOT + index)) return true;
    }
    return false;
  }

  /** Sees to it that an I/O worker is there, or soon will be, unless it has died. */
  need(index: number): void {
    const state = HEADER_IO_STATES + index;
    if (compareExchange(this.arena.words, state, IO_ABSENT, IO_STARTED) === IO_ABSENT) {
      this.ask(index);
    }
  }

  /** Starts an I/O worker. Only in the creator's thread. */
  start(index: number): void {
    const slot = FIRST_IO_SLOT + index;
    const workerData: IoWorkerData = { handle: this.arena.handle, slot };
    const worker = new Worker(this.entry(), { workerData, name: `loomwire-io-${index}` });
    // Only pending calls keep the process alive.
    worker.unref();
    worker.on('error', (error) => {
      // An I/O worker handles every error of a connection, so this is a defect of ours: not to be hidden.
      process.emitWarning(error);
    });
    const { threadId } = worker;
    worker.on('exit', () => this.exited(index, threadId));
    this.workers.push(worker);
  }

  /** A worker that this thread has started has ended. */
  private exited(index: number, threadId: number): void {
    const { words } = this.arena;
    const slot = FIRST_IO_SLOT + index;
    const owner = ownerWord(threadId, SLOT_LIVE);
    // It ends in order when the context is stopped, and not before. One that has died before it had its slot has
    // had it now: what was posted to it is answered like that of any other.
    if (load(words, HEADER_STATE) < CONTEXT_STOPPED) claimSlot(words, slot, threadId);
    const found = load(words, slotAt(slot) + SLOT_OWNER);
    const dead = found === owner || isDead(words, slot);
    // First the new one: whoever hears of the death looks for another.
    if (dead) this.replace();
    store(words, HEADER_IO_STATES + index, dead ? IO_DEAD : IO_ABSENT);
    // Somebody else may have reported it before there was another.
    if (!reportDeath(words, slot, owner) && dead) retellDeaths(words);
    if (dead) this.died(slot);
  }

  /**
   * Has another worker take the place of one that has died. In a slot of its own, since the endpoints of the
   * dead know it by its number: so it ends with IO_THREADS_MAX workers, alive and dead.
   */
  private replace(): void {
    const { words } = this.arena;
    const index = load(words, HEADER_IO_PLACES);
    if (index >= IO_THREADS_MAX || load(words, HEADER_STATE) !== CONTEXT_RUNNING) return;
    store(words, HEADER_IO_STATES + index, IO_STARTED);
    store(words, HEADER_IO_PLACES, index + 1);
    try {
      this.start(index);
    } catch (error) {
      store(words, HEADER_IO_STATES + index, IO_DEAD);
      process.emitWarning(error as Error);
    }
  }

  /** Resolves when every I/O worker that this thread started has ended. */
  async ended(): Promise<void> {
    await Promise.all(
      this.workers.map(
        (worker) =>
          new Promise<void>((resolve) => {
            if (worker.threadId === -1) resolve();
            else worker.once('exit', () => resolve()).ref();
          }),
      ),
    );
  }

  private ask(index: number): void {
    if (this.thread.slot === CREATOR_SLOT) {
      this.start(index);
      return;
    }
    const command: StartIoCommand = { index };
    this.thread.post(CREATOR_SLOT, COMMAND_START_IO, JSON.stringify(command), () => undefined);
  }
}
