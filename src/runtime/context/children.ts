import type { Worker } from 'node:worker_threads';

/**
 * Worker threads that this thread starts, whoever in it does. Their exit is news of a death, too: it comes
 * late if this thread blocks, but it needs no lifeline, and a program that has seen the exit finds the death
 * known.
 */
const listeners = new Set<(threadId: number) => void>();

/** Calls `ended` with the threadId of each thread that this one starts from now on, when it has ended. */
export function watchChildren(ended: (threadId: number) => void): void {
  if (listeners.size === 0) process.on('worker', follow);
  listeners.add(ended);
}

export function unwatchChildren(ended: (threadId: number) => void): void {
  listeners.delete(ended);
  if (listeners.size === 0) process.off('worker', follow);
}

function follow(worker: Worker): void {
  // Its property is -1 once it has ended.
  const { threadId } = worker;
  worker.prependOnceListener('exit', () => {
    for (const ended of [...listeners]) ended(threadId);
  });
}
