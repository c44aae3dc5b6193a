import { Worker } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import type { Arena, ContextHandle } from '../memory/arena.js';
import { CREATOR_SLOT, FIRST_IO_SLOT } from '../memory/layout.js';
import type { Thread } from '../thread/thread.js';
import { COMMAND_START_IO, type StartIoCommand } from './commands.js';
import { IoPlaces } from './io-places.js';
import { ioWorkerName } from './thread-names.js';

/**
 * What V8 gives young objects of an I/O worker at most. Messages do not lie there, so a little is enough for any
 * rate of them; but when thousands of connections come at once, what they are made of survives, and V8 would give
 * them many times as much, all of which stays resident: 12 to 20 KiB for each of 5,000.
 */
const YOUNG_MEBIBYTES_MOST = 6;

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
  private readonly places: IoPlaces;
  private readonly workers: Worker[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly thread: Thread,
    private readonly entry: () => URL,
    /** An I/O worker of this thread's has died. */
    private readonly died: (slot: number) => void,
  ) {
    this.places = new IoPlaces(arena.words);
  }

  /**
   * Slot of the I/O worker that serves the next endpoint; started if it is not running.
   * @param affinity bits of those it may be, 0 for any
   * @param address the endpoint, for the error
   * @throws ZmqError EMTHREAD if the context has none of them, or none that lives: they have died, and nobody has
   * replaced them yet, or they have done so too often
   */
  next(affinity: number, address?: string): number {
    const index = this.places.nextPlace(affinity);
    if (index === -1) throw new ZmqError('EMTHREAD', { address });
    this.need(index);
    return FIRST_IO_SLOT + index;
  }

  /** Has any of them died? */
  get someDied(): boolean {
    return this.places.someDied;
  }

  /** Sees to it that an I/O worker is there, or soon will be, unless it has died. */
  need(index: number): void {
    if (this.places.claimStart(index)) this.ask(index);
  }

  /** Lets there be more of them, which start when they are needed. Only in the creator's thread. */
  grow(more: number): void {
    this.places.grow(more);
  }

  /** Starts an I/O worker. Only in the creator's thread. */
  start(index: number): void {
    const slot = FIRST_IO_SLOT + index;
    const workerData: IoWorkerData = { handle: this.arena.handle, slot };
    const worker = new Worker(this.entry(), {
      workerData,
      name: ioWorkerName(this.arena.words, index),
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES_MOST },
    });
    // Only pending calls keep the process alive.
    worker.unref();
    worker.on('error', (error) => {
      // An I/O worker handles every error of a connection, so this is a defect of ours: not to be hidden.
      process.emitWarning(error);
    });
    const { threadId } = worker;
    worker.on('exit', () => {
      const dead = this.places.workerEnded(index, threadId, (other) => this.start(other));
      if (dead) this.died(slot);
    });
    this.workers.push(worker);
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
