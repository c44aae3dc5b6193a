import type { Worker } from 'node:worker_threads';

/**
 * The threads that this one starts from now on, whoever it is that starts them. A system does not tell when those that
 * it starts in advance have come to where they wait. Yet they say so to piscina, by their first message; whoever asks
 * Node for them hears it, too.
 */
export class Threads {
  started = 0;
  #ready = 0;
  #heard: (() => void) | undefined;

  constructor() {
    process.on('worker', (worker) => this.#watch(worker));
  }

  /** Resolves when so many have said something. */
  async ready(count: number): Promise<void> {
    while (this.#ready < count) await new Promise<void>((resolve) => (this.#heard = resolve));
  }

  #watch(worker: Worker): void {
    this.started++;
    // Threads that only wait do not keep the process alive, and neither does waiting for them.
    worker.ref();
    worker.once('message', () => {
      worker.unref();
      this.#ready++;
      this.#heard?.();
    });
  }
}
