// The examples as tasks of a thread pool. They meet in the process-wide context.

import { MessageChannel } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { context } from 'loomwire';
import { Piscina } from 'piscina';
import type { Notice } from '../terminal.js';
import { type Name, type Options, Part, type Result, type Stage } from './part.js';

export class Threads implements Stage {
  readonly failure: Promise<never>;
  readonly #pool: Piscina;
  readonly #runs: Promise<unknown>[] = [];
  #failed!: (reason: unknown) => void;

  /**
   * @param size how many programs can play at once; one more would wait for ever
   * @param watch hears what a program prints
   */
  constructor(
    size: number,
    private readonly watch: (name: Name, text: string) => void,
  ) {
    // With its default, 'sync', piscina blocks a thread between tasks; lingering sockets need it awake.
    this.#pool = new Piscina({ minThreads: 0, maxThreads: size, atomics: 'disabled' });
    this.failure = new Promise((_resolve, reject) => (this.#failed = reject));
    this.failure.catch(() => {});
  }

  start<N extends Name>(name: N, options: Options<N>): Part<Result<N>> {
    const { port1: ours, port2: port } = new MessageChannel();
    const part = new Part<Result<N>>(
      () => ours.postMessage('Enter'),
      (text) => this.watch(name, text),
    );
    ours.on('message', (notice: Notice) => part.hear(notice));
    const filename = fileURLToPath(new URL(`../../${name}.js`, import.meta.url));
    const run = this.#pool
      .run({ ...options, port }, { filename, transferList: [port] })
      .then((result: unknown) => part.hear({ result }))
      .finally(() => ours.close());
    this.#runs.push(run);
    run.catch((error: unknown) => {
      part.fail(error);
      this.#failed(error);
    });
    return part;
  }

  /** Terminates the context: threads that wait get ETERM, and close their sockets. */
  async end(): Promise<void> {
    await context.terminate();
    await Promise.all(this.#runs);
    await this.#pool.destroy();
  }
}
