import type { ResourceLimits, Transferable } from 'node:worker_threads';

/** Whatever can be called. */
type AnyFunction = (...args: never[]) => unknown;

/**
 * What a pool's type is made of: a function, as in `pool<typeof resize>`, or a module of several, as in
 * `pool<typeof import('./tasks.js')>`.
 */
export type TaskModule = AnyFunction | object;

/** The names of the functions that tasks can be. */
export type TaskName<M extends TaskModule> = M extends AnyFunction
  ? 'default'
  : { [K in keyof M]: M[K] extends AnyFunction ? K : never }[keyof M] & string;

type TaskOf<M extends TaskModule, N> = M extends AnyFunction ? M : N extends keyof M ? M[N] : never;

/** The one argument of a task. */
export type TaskArgument<M extends TaskModule, N = 'default'> =
  TaskOf<M, N> extends (...args: infer A) => unknown ? (A extends [] ? undefined : A[0]) : never;

/** What the promise of a task is fulfilled with. */
export type TaskResult<M extends TaskModule, N = 'default'> =
  TaskOf<M, N> extends (...args: never[]) => infer R ? Awaited<R> : never;

/** For tasks whose type nobody has given: anything goes in, and nobody knows what comes out. */
export type UntypedTask = (argument: unknown) => unknown;

export interface PoolOptions {
  /** Threads. Default: as many as the machine runs at once, less one for this thread, at least one. */
  readonly threads?: number | undefined;
  /** For reports and messages. Default: the module's name. */
  readonly name?: string | undefined;
  /** Tasks that may wait for a thread; one more fails with ERR_POOL_FULL. Default: any number. */
  readonly maxQueue?: number | undefined;
  /** Node's limits on the memory of each thread; one that needs more dies, and nobody else. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Milliseconds that `close`, and leaving an `await using` block, give running tasks; Infinity for any time. Default 5000. */
  readonly closeTimeout?: number | undefined;
}

export interface RunOptions<N extends string = string> {
  /** Takes the task back: one that waits is forgotten; one that runs ends with its thread, which is replaced. */
  readonly signal?: AbortSignal | undefined;
  /** Parts of the argument that move to the thread rather than being copied. */
  readonly transferList?: readonly Transferable[] | undefined;
  /** Which function of the module. Default: its default export. */
  readonly name?: N | undefined;
}

export interface MapOptions<N extends string = string> {
  /**
   * Items that were taken from the source, and whose results have not been asked for yet, at most. Default: enough
   * to keep all threads at work.
   */
  readonly inFlight?: number | undefined;
  /** Results come in the order of their items; otherwise as they are there. Default true. */
  readonly ordered?: boolean | undefined;
  /** Ends the iteration with `signal.reason`, and its tasks as `run` does. */
  readonly signal?: AbortSignal | undefined;
  /** Which function of the module. Default: its default export. */
  readonly name?: N | undefined;
}

export interface CloseOptions {
  /** Milliseconds that running tasks may go on before their threads are ended. Default: the pool's `closeTimeout`. */
  readonly timeout?: number | undefined;
}

/** How a pool ended, in tasks. */
export interface CloseReport {
  /** Ran, and came to their end. */
  readonly drained: number;
  /** Waited, and never began: they failed with ERR_POOL_CLOSED. */
  readonly dropped: number;
  /** Ran, and were ended with their threads: they failed with ERR_POOL_CLOSED. */
  readonly forced: number;
}

/** Milliseconds of tasks; zeros before the first. */
export interface Times {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface PoolStats {
  readonly threads: number;
  /** Tasks that wait for a thread. */
  readonly queued: number;
  /** Tasks that threads have. */
  readonly running: number;
  /** Tasks that gave a result, so far. */
  readonly completed: number;
  /** Tasks that threw, or could not be carried out, or were taken back, so far. */
  readonly failed: number;
  /** Threads that died unasked, so far. */
  readonly deaths: number;
  /** From `run` to the thread. */
  readonly waitTime: Times;
  /** From the thread to the result. A ring-fed pool measures it batch by batch, and counts what it measures. */
  readonly runTime: Times;
}

/** Threads that run the functions of a module as tasks. */
export interface Pool<M extends TaskModule = UntypedTask> {
  /**
   * Runs a task. Its argument and result are cloned, as `postMessage` does; leave the argument alone until the task
   * is over.
   * @throws whatever the task throws, with class name, code, message, stack and cause; ActorError
   * ERR_ACTOR_LOAD, ERR_ACTOR_NOT_FUNCTION, ERR_ACTOR_CLONE, ERR_POOL_CLOSED, ERR_POOL_FULL, ERR_WORKER_DIED; `signal.reason`
   */
  run<N extends TaskName<M> = TaskName<M> & 'default'>(
    argument: TaskArgument<M, N>,
    options?: RunOptions<N>,
  ): Promise<TaskResult<M, N>>;
  /**
   * Runs a task for each item, so many at a time, and gives their results. Takes no more from the source than it is
   * asked for and `inFlight` allows. The first task that fails ends it; leaving the loop takes back what waits.
   * @throws what `run` and the source throw
   */
  map<N extends TaskName<M> = TaskName<M> & 'default'>(
    items: Iterable<TaskArgument<M, N>> | AsyncIterable<TaskArgument<M, N>>,
    options?: MapOptions<N>,
  ): AsyncIterableIterator<TaskResult<M, N>>;
  /** Resolves when threads are there and have loaded the module. @throws ActorError ERR_ACTOR_LOAD, ERR_ACTOR_NOT_FUNCTION */
  ready(): Promise<void>;
  stats(): PoolStats;
  /**
   * Ends the pool: nothing new begins, what waits fails with ERR_POOL_CLOSED at once, and what runs may go on
   * until `timeout`. A second call waits for the same end.
   */
  close(options?: CloseOptions): Promise<CloseReport>;
  [Symbol.asyncDispose](): Promise<void>;
  readonly closed: boolean;
  /** Resolves when it has been closed, and its threads are gone. */
  readonly ended: Promise<CloseReport>;
}
