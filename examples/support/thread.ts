// Threads of an example: each carries out a function that the example's module exports.

import { Worker } from 'node:worker_threads';
import type { Notice, Terminal } from './terminal.js';

/** What a thread does, with options that can be cloned. */
type Routine<Options> = (options: Options, terminal: Terminal) => Promise<void>;

/** What the thread is told, in `workerData`. */
export interface Assignment {
  readonly module: string;
  readonly routine: string;
  readonly options: unknown;
}

export interface Thread {
  /**
   * Resolves when everything is bound and connected, to where others can connect, if they can. Resolves also if the
   * thread has ended before.
   */
  readonly ready: Promise<string | undefined>;
  /** Resolves when it has ended; rejects if that was by an error. */
  readonly end: Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<unknown>;
}

/**
 * Starts a thread that carries out `routine`.
 * @param module of which the routine is an export, under its own name
 * @param terminal prints what the thread prints
 */
export function startThread<Options>(
  module: ImportMeta,
  routine: Routine<Options>,
  options: Options,
  terminal: Terminal,
): Thread {
  const workerData: Assignment = { module: module.url, routine: routine.name, options };
  const worker = new Worker(new URL('./thread-entry.js', import.meta.url), { workerData });
  const end = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  const ready = new Promise<string>((resolve) => {
    worker.on('message', (notice: Notice) => {
      if ('text' in notice) terminal.progress(notice.text);
      if ('ready' in notice) resolve(notice.ready);
    });
  });
  const over = end.then(() => undefined);
  return { ready: Promise.race([ready, over]), end, kill: () => worker.terminate() };
}
