import type { Worker } from 'node:worker_threads';

/** The threads that this one starts from now on, whoever starts them. */
export class Threads {
  /** Those that run, in the order of their starts. */
  readonly running = new Set<Worker>();
  /** Members of crews: the threads of pipelines, stages, servers and ring-fed pools. */
  readonly members = new Set<Worker>();
  #ready = 0;
  #changed: (() => void) | undefined;

  constructor() {
    process.on('worker', this.#made);
  }

  /** Resolves when so many members of crews have said that their module is loaded. */
  async ready(count: number): Promise<void> {
    while (this.#ready < count) await this.#change();
  }

  /** Resolves when no more than so many are left. */
  async ended(left = 0): Promise<void> {
    while (this.running.size > left) await this.#change();
  }

  /** The one that runs under this number of Node's. */
  find(threadId: number): Worker | undefined {
    return [...this.running].find((worker) => worker.threadId === threadId);
  }

  close(): void {
    process.off('worker', this.#made);
  }

  readonly #made = (worker: Worker): void => {
    this.running.add(worker);
    worker.on('message', (notice: unknown) => {
      if (typeof notice !== 'object' || notice === null || !('ready' in notice)) return;
      this.#ready++;
      this.members.add(worker);
      this.#changed?.();
    });
    worker.once('exit', () => {
      this.running.delete(worker);
      this.members.delete(worker);
      this.#changed?.();
    });
  };

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve));
  }
}
