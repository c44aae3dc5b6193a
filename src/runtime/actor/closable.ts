import { Deadline } from './deadline.js';
import { checkMilliseconds } from './pool-options.js';
import type { CloseOptions, CloseReport } from './pool-types.js';

/** What has threads, and ends once, however often it is told to: a pool, a server, a served stage. */
export abstract class Closable {
  /** Resolves when it has been closed, and its threads are gone. */
  readonly ended: Promise<CloseReport>;
  /** Of closing it: the earliest of those that its calls give. */
  protected readonly deadline = new Deadline();
  readonly #closeTimeout: number;
  #closed = false;
  #end!: (report: Promise<CloseReport>) => void;

  /** @param closeTimeout milliseconds that `close` gives what is under way, unless it is told otherwise */
  constructor(closeTimeout: number) {
    this.#closeTimeout = closeTimeout;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get closed(): boolean {
    return this.#closed;
  }

  close({ timeout = this.#closeTimeout }: CloseOptions = {}): Promise<CloseReport> {
    try {
      checkMilliseconds('timeout', timeout);
    } catch (error) {
      return Promise.reject(error);
    }
    this.deadline.hasten(timeout);
    if (!this.#closed) {
      // Before anybody hears of it.
      this.#closed = true;
      this.#end(this.end());
    }
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Ends it: in order, or by force at the deadline. */
  protected abstract end(): Promise<CloseReport>;
}
