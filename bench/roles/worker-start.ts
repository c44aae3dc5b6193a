// Bare worker threads, each from `new` until its module has been loaded and says so.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { Clock } from './report.js';

async function run({ work }: Assignment): Promise<void> {
  const workers: Worker[] = [];
  const start = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker-ready.js', import.meta.url));
    workers.push(worker);
    await once(worker, 'message');
  };
  for (let left = work.warmup; left > 0; left--) await start();
  const clock = new Clock();
  for (let left = work.messages; left > 0; left--) await start();
  clock.report(work.messages);
  await Promise.all(workers.map((worker) => worker.terminate()));
}

void run(assignment() as Assignment);
