import { createRequire } from 'node:module';
import type { Piscina } from 'piscina';
import { unpackError } from '../control/sent-error.js';
import { Closable } from './closable.js';
import { ActorError } from './errors.js';
import { checkItems, mapTasks, type Submitted } from './map-tasks.js';
import { checkCount, type CheckedPoolOptions } from './pool-options.js';
import type { CloseReport, MapOptions, Pool, PoolStats, RunOptions } from './pool-types.js';
import { limitsOfWorker } from './resource-limits.js';
import type { TaskOrder, TaskOutcome } from './task-order.js';
import { Durations } from './times.js';

/** Enough for a thread to find the next task there when it has finished one. */
const IN_FLIGHT_PER_THREAD = 2;

/** A task that waits for a thread, or has one. */
interface Task {
  readonly order: TaskOrder;
  readonly options: RunOptions;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly since: number;
  /** Takes back the ear for its signal. */
  release: (() => void) | undefined;
}

let door: URL | undefined;

/** What threads of pools require; see task-host-door.cts. Called once, by the public door. */
export function setTaskDoor(url: URL): void {
  door = url;
}

/**
 * A pool on piscina: the threads are piscina's, and so is each task's way there and back. What waits, waits here, so
 * that closing and taking back say what becomes of it. No thread has more than one task.
 */
export class TaskPool extends Closable implements Pool {
  readonly #options: CheckedPoolOptions;
  readonly #composition: string | undefined;
  readonly #threads: Piscina;
  readonly #waiting = new Set<Task>();
  readonly #running = new Set<Task>();
  readonly #waitTime = new Durations();
  readonly #runTime = new Durations();
  #completed = 0;
  #failed = 0;
  #deaths = 0;
  /** The threads are being ended. */
  #killed = false;
  #forced = 0;
  /** Whoever waits until nothing runs any more. */
  #idle: (() => void) | undefined;

  /** @param composition what each thread loads first */
  constructor(options: CheckedPoolOptions, composition: string | undefined) {
    super(options.closeTimeout);
    this.#options = options;
    this.#composition = composition;
    const { threads, resourceLimits } = options;
    // At the first pool, because it costs some 20 ms.
    const { Piscina } = createRequire(import.meta.url)('piscina') as typeof import('piscina');
    this.#threads = new Piscina({
      filename: door!.href,
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: 1,
      // Otherwise a thread between two tasks is frozen: sockets and timers of the module would stand still.
      atomics: 'disabled',
      recordTiming: false,
      ...limitsOfWorker(resourceLimits),
    });
    // A thread that dies between two tasks has been replaced; there is nobody whose call could fail.
    this.#threads.on('error', (error: unknown) => this.#diedIdle(error));
  }

  run(argument: unknown, options: RunOptions = {}): Promise<never> {
    return this.#submit(argument, options).result as Promise<never>;
  }

  map(
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions = {},
  ): AsyncIterableIterator<never> {
    checkItems(items);
    const { inFlight = this.#options.threads * IN_FLIGHT_PER_THREAD, name } = options;
    checkCount('inFlight', inFlight, 1, Number.MAX_SAFE_INTEGER);
    const submit = (argument: unknown, signal: AbortSignal | undefined): Submitted =>
      this.#submit(argument, { signal, name });
    return mapTasks(items, submit, inFlight, options) as AsyncIterableIterator<never>;
  }

  async ready(): Promise<void> {
    const { url, threads } = this.#options;
    const composition = this.#composition;
    const order: TaskOrder = {
      ...{ composition, url, name: 'default', argument: undefined },
      load: true,
    };
    // A thread takes one order at a time, so as many orders reach as many threads.
    await Promise.all(Array.from({ length: threads }, () => this.#queue(order, {}).result));
  }

  stats(): PoolStats {
    return {
      threads: this.#threads.threads.length,
      queued: this.#waiting.size,
      running: this.#running.size,
      completed: this.#completed,
      failed: this.#failed,
      deaths: this.#deaths,
      waitTime: this.#waitTime.summary,
      runTime: this.#runTime.summary,
    };
  }

  #submit(argument: unknown, options: RunOptions): Submitted {
    const { url } = this.#options;
    const { name = 'default' } = options;
    return this.#queue({ composition: this.#composition, url, name, argument }, options);
  }

  #queue(order: TaskOrder, options: RunOptions): Submitted {
    let task: Task;
    const result = new Promise<unknown>((resolve, reject) => {
      task = { order, options, resolve, reject, since: performance.now(), release: undefined };
    });
    const refusal = this.#refusal(options);
    if (refusal !== undefined) {
      this.#fail(task!, refusal.reason);
      return { result, forget: () => undefined };
    }
    this.#waiting.add(task!);
    this.#listen(task!);
    this.#startNext();
    return { result, forget: () => this.#forget(task, closedError()) };
  }

  #refusal({ signal }: RunOptions): { readonly reason: unknown } | undefined {
    if (signal?.aborted === true) return { reason: signal.reason };
    if (this.closed) return { reason: closedError() };
    const { maxQueue, threads } = this.#options;
    if (this.#running.size < threads || this.#waiting.size < maxQueue) return undefined;
    return {
      reason: new ActorError('ERR_POOL_FULL', { message: `${maxQueue} tasks wait already` }),
    };
  }

  #listen(task: Task): void {
    const { signal } = task.options;
    if (signal === undefined) return;
    const abort = (): void => this.#forget(task, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    task.release = () => signal.removeEventListener('abort', abort);
  }

  #forget(task: Task, reason: unknown): void {
    if (this.#waiting.delete(task)) this.#fail(task, reason);
  }

  #startNext(): void {
    for (const task of this.#waiting) {
      if (this.#running.size >= this.#options.threads) return;
      this.#waiting.delete(task);
      void this.#start(task);
    }
  }

  async #start(task: Task): Promise<void> {
    const { order, options } = task;
    const { signal, transferList } = options;
    const started = performance.now();
    this.#running.add(task);
    // piscina hears the signal itself from here on.
    task.release?.();
    let settle: () => void;
    try {
      const outcome = (await this.#threads.run(order, {
        ...(signal === undefined ? {} : { signal }),
        ...(transferList === undefined ? {} : { transferList: [...transferList] }),
      })) as TaskOutcome;
      if ('error' in outcome) settle = () => this.#fail(task, unpackError(outcome.error));
      else settle = () => this.#complete(task, outcome.value);
    } catch (error) {
      const reason = this.#reasonOf(error, task);
      settle = () => this.#fail(task, reason);
    }
    this.#running.delete(task);
    if (order.load !== true) {
      this.#waitTime.record(started - task.since);
      this.#runTime.record(performance.now() - started);
    }
    settle();
    this.#startNext();
    if (this.#running.size === 0) this.#idle?.();
  }

  #complete(task: Task, value: unknown): void {
    if (task.order.load !== true) this.#completed++;
    task.resolve(value);
  }

  #fail(task: Task, reason: unknown): void {
    task.release?.();
    this.#failed++;
    task.reject(reason);
  }

  /** Why piscina says that a task failed: the task itself does not throw, but answers. */
  #reasonOf(error: unknown, { options, order }: Task): unknown {
    if (options.signal?.aborted === true) return options.signal.reason;
    if (this.#killed) {
      this.#forced++;
      return closedError();
    }
    if (isCloneError(error)) {
      const why = (error as Partial<Error>).message ?? '';
      const message = `A task cannot be posted: ${why || 'its result cannot be cloned'}`;
      return new ActorError('ERR_ACTOR_CLONE', { message, cause: error });
    }
    this.#deaths++;
    const what = error instanceof Error ? error.message : String(error);
    const message = `A thread died in ${order.url}: ${what}`;
    return new ActorError('ERR_WORKER_DIED', { message, cause: error });
  }

  #diedIdle(error: unknown): void {
    if (this.#killed) return;
    this.#deaths++;
    const { name } = this.#options;
    const what = error instanceof Error ? error.message : String(error);
    process.emitWarning(`A thread of the pool ${name} died between two tasks: ${what}`, {
      code: 'LOOMWIRE_WORKER_DIED',
    });
  }

  protected override async end(): Promise<CloseReport> {
    const dropped = this.#waiting.size;
    for (const task of this.#waiting) this.#forget(task, closedError());
    const ran = this.#running.size;
    await this.#untilIdle();
    this.#killed = true;
    await this.#threads.destroy();
    return { drained: ran - this.#forced, dropped, forced: this.#forced };
  }

  /** Waits until nothing runs, or time is over. */
  async #untilIdle(): Promise<void> {
    if (this.#running.size === 0) return;
    await this.deadline.within(new Promise<void>((resolve) => (this.#idle = resolve)));
  }
}

function closedError(): ActorError {
  return new ActorError('ERR_POOL_CLOSED');
}

/**
 * Of a result, piscina posts the error from the thread, and little is left of it on the way: before Node 22 an empty
 * object, since then an error without its name, but with its stack.
 */
function isCloneError(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return typeof error === 'object' && error !== null && Object.keys(error).length === 0;
  }
  return error.name === 'DataCloneError' || error.stack?.startsWith('DataCloneError') === true;
}
