import type { Piscina } from 'piscina';
import type { ResourceLimits } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import type { HostTask } from './host.js';
import { limitsOfWorker } from './resource-limits.js';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/**
 * Threads for code that has a thread to itself: each is given one long task of piscina's, and ends with it. Some
 * wait ready, since a start takes some 50 ms.
 *
 * What piscina would do otherwise, and must not: give a task to a thread that had one before, or to one that is
 * busy (so the balancer is ours); stop a thread's event loop between tasks (so no atomics); keep a task waiting
 * for a thread that runs for ever (so nothing waits: beyond `most` threads it is refused).
 */
export class ThreadPool {
  private readonly filename: string;
  private shared: Promise<Piscina> | undefined;
  /** The same, when it is there: a task is posted within the call then, and its thread wakes up while the caller goes on. */
  private opened: Piscina | undefined;
  private readonly own = new Set<Piscina>();
  /** Node's numbers of threads that have been given their task. They are never used again. */
  private readonly used = new Set<number>();
  private running = 0;
  private closed = false;

  /**
   * @param module what the threads run; its default export is `hostThread(…)`, or a promise of it
   * @param warm threads that are started in advance
   * @param most threads at once
   */
  constructor(
    module: URL,
    private readonly warm: number,
    private readonly most: number,
  ) {
    this.filename = module.href;
  }

  /** Starts the threads that wait. Without it, the first `run` does. @throws ZmqError ETERM if the pool is closed */
  async start(): Promise<void> {
    this.checkOpen();
    await this.openShared();
  }

  /**
   * Runs a task in a thread of its own. Settles when the task is over, not the thread.
   * @param signal aborting ends the thread at once
   * @throws ZmqError EMTHREAD if there are `most` threads, ETERM if the pool is closed; whatever ends the thread
   */
  async run(task: HostTask, { signal, resourceLimits }: RunOptions): Promise<void> {
    this.checkOpen();
    if (this.running >= this.most) {
      throw new ZmqError('EMTHREAD', { message: `There are ${this.most} threads already` });
    }
    this.running++;
    try {
      if (resourceLimits === undefined) await this.runShared(task, signal);
      else await this.runAlone(task, signal, resourceLimits);
    } finally {
      this.running--;
    }
  }

  private async runShared(task: HostTask, signal: AbortSignal): Promise<void> {
    const { opened } = this;
    if (opened !== undefined) return post(opened, task, signal);
    const pool = await this.openShared();
    this.checkOpen();
    return post(pool, task, signal);
  }

  /** In a pool of its own, since limits are a pool's. */
  private async runAlone(
    task: HostTask,
    signal: AbortSignal,
    resourceLimits: ResourceLimits,
  ): Promise<void> {
    const pool = await this.open(0, resourceLimits);
    // Whoever closed the others does not know of this one, which has no thread yet.
    this.checkOpen();
    this.own.add(pool);
    try {
      await Promise.race([post(pool, task, signal), failed(pool)]);
    } finally {
      // With its one thread, which may still be in its exit hook: it takes no other task.
      if (this.own.delete(pool)) this.retire(pool);
    }
  }

  /** Ends all threads, and starts none any more. */
  async close(): Promise<void> {
    this.closed = true;
    const shared = await this.shared;
    this.shared = undefined;
    this.opened = undefined;
    const pools = shared === undefined ? [...this.own] : [shared, ...this.own];
    // A thread that was killed just now may end when `destroy` is over: piscina would start another in its place then.
    for (const pool of pools) pool.options.minThreads = 0;
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  private checkOpen(): void {
    if (this.closed) throw new ZmqError('ETERM');
  }

  private openShared(): Promise<Piscina> {
    return (this.shared ??= this.open(this.warm).then((pool) => (this.opened = pool)));
  }

  private async open(warm: number, resourceLimits?: ResourceLimits): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina');
    const pool = new Pool({
      filename: this.filename,
      minThreads: warm,
      // Those that are just ending count, too, and a task that waited for one of them would wait for ever.
      maxThreads: Number.MAX_SAFE_INTEGER,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      recordTiming: false,
      ...limitsOfWorker(resourceLimits),
      loadBalancer: (_task, workers) => {
        const fresh = workers.find(
          ({ id, currentUsage }) => currentUsage === 0 && !this.used.has(id),
        );
        if (fresh === undefined) return null;
        this.used.add(fresh.id);
        return fresh;
      },
    });
    // Of a thread without a task: one that waits, or whose task is over.
    pool.on('error', (error: unknown) => {
      process.emitWarning(`A thread has failed outside its task: ${String(error)}`, {
        code: 'LOOMWIRE_THREAD',
      });
    });
    return pool;
  }

  /** The thread ends by itself; when it has, nothing is left of its pool. */
  private retire(pool: Piscina): void {
    const [worker] = pool.threads;
    if (worker === undefined || worker.threadId === -1) void pool.destroy();
    else worker.once('exit', () => void pool.destroy());
  }
}

function post(pool: Piscina, task: HostTask, signal: AbortSignal): Promise<void> {
  return pool.run(task, { transferList: [task.port], signal }) as Promise<void>;
}

/** A thread that fails before it has its task, for want of memory: the task would wait for another. */
function failed(pool: Piscina): Promise<never> {
  return new Promise((_, reject) => pool.once('error', reject));
}
