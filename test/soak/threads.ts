import { parentPort, Worker } from 'node:worker_threads';

/** What a soak's thread says while it does a job, and at the job's end. */
type Saying = { readonly done: number } | { readonly note: unknown } | { readonly found: unknown };

/** Who hears of it. */
interface Ears {
  /** How far it is. */
  readonly done?: (count: number) => void;
  /** What others must know meanwhile. */
  readonly note?: (note: unknown) => void;
}

interface Job extends Ears {
  readonly resolve: (found: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A thread that does one job of a soak after another: a module of this folder that calls `serve`. */
export class SoakThread {
  private readonly worker: Worker;
  private job: Job | undefined;
  private failure: Error | undefined;

  constructor(module: string) {
    this.worker = new Worker(new URL(module, import.meta.url));
    this.worker.on('message', (saying: Saying) => this.hear(saying));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error(`${module} has ended`)));
  }

  /** Answers what the thread finds. Rejects if it throws. */
  run(data: unknown, ears: Ears = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.job = { ...ears, resolve, reject };
      if (this.failure === undefined) this.worker.postMessage(data);
      else reject(this.failure);
    });
  }

  end(): Promise<number> {
    return this.worker.terminate();
  }

  private hear(saying: Saying): void {
    if ('done' in saying) this.job!.done?.(saying.done);
    else if ('note' in saying) this.job!.note?.(saying.note);
    else this.job!.resolve(saying.found);
  }

  private fail(failure: Error): void {
    this.failure ??= failure;
    this.job?.reject(failure);
  }
}

/** Runs `use` with two threads, which are ended then, however that went. */
export async function withThreads<T>(
  module: string,
  use: (threads: readonly [SoakThread, SoakThread]) => Promise<T>,
): Promise<T> {
  const threads = [new SoakThread(module), new SoakThread(module)] as const;
  try {
    return await use(threads);
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

/** In a thread of a soak: does whatever jobs come. */
export function serve(carryOut: (job: never) => unknown): void {
  parentPort!.on('message', (job: unknown) => {
    // What it throws ends the thread, and is thus heard of.
    void Promise.resolve(carryOut(job as never)).then((found) => say({ found }));
  });
}

/** In a thread of a soak: says how far it is. */
export function tell(done: number): void {
  say({ done });
}

/** In a thread of a soak: says what others must know. */
export function tellNote(note: unknown): void {
  say({ note });
}

function say(saying: Saying): void {
  parentPort!.postMessage(saying);
}
