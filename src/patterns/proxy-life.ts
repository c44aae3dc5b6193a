import type { Worker } from 'node:worker_threads';
import { ZmqError } from '../runtime/base/errors.js';
import type { ProxyStatistics } from './proxy-side.js';
import { type ProxyNotice, reviveFailure } from './proxy-steering.js';
import { warnDropped, warnEnded } from './proxy-warnings.js';

/** What the thread says when it has started. */
export type ProxyStart = Extract<ProxyNotice, { kind: 'started' }>;

/** How a proxy has ended. */
export interface ProxyEnding {
  readonly failure?: Error | undefined;
  /** What it had moved; unknown if its thread has died, or it never started. */
  readonly statistics?: ProxyStatistics | undefined;
}

/** The thread of a proxy, from its start until it is gone, as its parent hears of it. */
export class ProxyLife {
  /** The proxy has ended, whether or not its thread is gone. */
  over = false;
  /** Rejects if it could not start. */
  readonly started: Promise<ProxyStart>;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<ProxyEnding>;
  readonly #worker: Worker;
  /** Calls that wait for something of it. */
  #waiting = 0;
  /** Those of them that take the end for an answer. */
  readonly #asking = new Set<() => void>();

  constructor(worker: Worker) {
    this.#worker = worker;
    // Only pending calls keep the process alive.
    worker.unref();
    let ending: ProxyEnding | undefined;
    let cause: unknown;
    worker.on('error', (error) => (cause = error));
    const started = new Promise<ProxyStart>((resolve) => {
      worker.on('message', (notice: ProxyNotice) => {
        if (notice.kind === 'started') resolve(notice);
        else if (notice.kind === 'dropped') warnDropped(reviveFailure(notice.reason));
        else {
          const { failure, statistics } = notice;
          ending = { failure: failure && reviveFailure(failure), statistics };
          this.over = true;
        }
      });
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.over = true;
        ending ??= { failure: died(cause) };
        if (this.#waiting === 0) warnEnded(ending.failure);
        resolve(ending);
        for (const gone of [...this.#asking]) gone();
      });
    });
    const failed = this.ended.then(({ failure }) => {
      throw failure ?? new ZmqError('EBADF');
    });
    this.started = Promise.race([started, failed]);
  }

  /** Keeps the process alive until what is awaited has come. */
  async hold<T>(awaited: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#worker.ref();
    try {
      return await awaited;
    } finally {
      if (--this.#waiting === 0) this.#worker.unref();
    }
  }

  /** The answer; undefined if the thread ends before it comes. */
  orEnd<T>(answer: Promise<T>): Promise<T | undefined> {
    // No race with `ended`, which would keep something of every call until then.
    const first = new Promise<T | undefined>((resolve, reject) => {
      const gone = (): void => resolve(undefined);
      this.#asking.add(gone);
      void answer.then(resolve, reject).finally(() => this.#asking.delete(gone));
    });
    return this.hold(first);
  }
}

function died(cause: unknown): ZmqError {
  return new ZmqError('EMTHREAD', { message: 'The thread of the proxy has died', cause });
}
