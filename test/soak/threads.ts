import { parentPort, Worker, type Transferable } from 'node:worker_threads';

/** What a soak's thread says while it works, and at its end. */
type Saying = { readonly done: number } | { readonly note: unknown } | { readonly found: unknown };

/** A thread of a soak: a module of this folder that calls `tell`, and ends with `conclude`. */
export class SoakThread {
  /** What it has concluded. Rejects if it throws, or ends before. */
  readonly found: Promise<unknown>;
  private readonly worker: Worker;

  /** @param hear told how far it is */
  constructor(
    module: string,
    data: unknown,
    hear: (done: number) => void,
    note: (note: unknown) => void = () => undefined,
  ) {
    const worker = new Worker(new URL(module, import.meta.url), { workerData: data });
    this.worker = worker;
    this.found = new Promise((resolve, reject) => {
      worker.on('message', (saying: Saying) => {
        if ('done' in saying) hear(saying.done);
        else if ('note' in saying) note(saying.note);
        else resolve(saying.found);
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error(`${module} ended before its work`)));
    });
    // Whoever waits for it hears of it, and for the first that fails nobody waits twice.
    this.found.catch(() => undefined);
  }

  post(message: unknown, transfer: readonly Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }
}

/** All that the threads have found, which are then ended, however that went. */
export async function together(threads: readonly SoakThread[]): Promise<unknown[]> {
  try {
    return await Promise.all(threads.map(({ found }) => found));
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** In a thread of a soak: says how far it is. */
export function tell(done: number): void {
  parentPort!.postMessage({ done } satisfies Saying);
}

/** In a thread of a soak: says what the others must know. */
export function tellNote(note: unknown): void {
  parentPort!.postMessage({ note } satisfies Saying);
}

/** In a thread of a soak: says what it has found, which is its last word. */
export function conclude(found: unknown): void {
  parentPort!.postMessage({ found } satisfies Saying);
}
