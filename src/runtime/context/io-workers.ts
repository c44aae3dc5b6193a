import { Worker } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import type { Arena, ContextHandle } from '../memory/arena.js';
import { add, compareExchange, load, store } from '../memory/atomics.js';
import {
  CREATOR_SLOT,
  FIRST_IO_SLOT,
  HEADER_IO_STATES,
  HEADER_IO_THREADS,
  HEADER_NEXT_IO,
} from '../memory/layout.js';
import type { Thread } from '../thread/thread.js';
import { COMMAND_START_IO, type StartIoCommand } from './commands.js';

const IO_ABSENT = 0;
/** Asked for or running. Its slot takes commands either way. */
const IO_STARTED = 1;

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
  ) {}

  /**
   * Slot of the I/O worker that serves the next endpoint; started if it is not running.
   * @throws ZmqError EMTHREAD if the context has none
   */
  next(): number {
    const { words } = this.arena;
    const count = load(words, HEADER_IO_THREADS);
    if (count === 0) throw new ZmqError('EMTHREAD');
    const index = (add(words, HEADER_NEXT_IO, 1) >>> 0) % count;
    const state = HEADER_IO_STATES + index;
    if (compareExchange(words, state, IO_ABSENT, IO_STARTED) === IO_ABSENT) this.ask(index);
    return FIRST_IO_SLOT + index;
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
    worker.on('exit', () => store(this.arena.words, HEADER_IO_STATES + index, IO_ABSENT));
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
