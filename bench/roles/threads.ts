import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

/** The process rests if it has used no more than so many microseconds of a processor in so many milliseconds. */
const REST_MICROSECONDS = 2_000;
const REST_MILLISECONDS = 50;

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

  /** Resolves when nothing in the process has anything to do any more, as when threads have started and only wait. */
  static async rest(): Promise<void> {
    for (;;) {
      const before = process.cpuUsage();
      await setTimeout(REST_MILLISECONDS);
      const { user, system } = process.cpuUsage(before);
      if (user + system <= REST_MICROSECONDS) return;
    }
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
