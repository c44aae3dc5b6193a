import { isMainThread, workerData } from 'node:worker_threads';

/** What this process was told by its argument, or this thread by whoever started it. */
export function assignment(): unknown {
  return isMainThread ? (JSON.parse(process.argv[2] ?? '') as unknown) : workerData;
}
