// The same tasks as those of tasks, by a pool of two threads.

import { fileURLToPath } from 'node:url';
import { FixedQueue, Piscina } from 'piscina';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { Clock } from './report.js';
import { seedOf, TaskResults, tasksOf } from './task.js';

const WORKERS = 2;

async function run({ work }: Assignment): Promise<void> {
  const { module, does } = tasksOf(work);
  const pool = new Piscina<number, number>({
    filename: fileURLToPath(module),
    minThreads: WORKERS,
    maxThreads: WORKERS,
    taskQueue: new FixedQueue(),
    recordTiming: false,
  });
  const total = work.warmup + work.messages;
  const sum = new TaskResults(does);
  let begun = 0;
  let left = total;
  let clock: Clock | undefined;
  const lane = async (): Promise<void> => {
    while (begun < total) {
      sum.add(await pool.run(seedOf(begun++)));
      if (--left === work.messages) clock = new Clock();
    }
  };
  // As many tasks wait as a socket lets wait.
  await Promise.all(Array.from({ length: work.highWaterMark }, lane));
  clock?.report(work.messages);
  sum.check(total);
  await pool.destroy();
}

void run(assignment() as Assignment);
