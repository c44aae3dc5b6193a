// Tasks, as those of tasks, by a pool of two threads that is fed by rings.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { loadActors } from './libraries.js';
import { Clock } from './report.js';
import { type compute, seedOf, TaskResults, tasksOf } from './task.js';

const WORKERS = 2;

async function run({ module, work }: Assignment): Promise<void> {
  const { pool } = await loadActors(module);
  const { module: url, does } = tasksOf(work);
  const tasks = pool<typeof compute>(url, { threads: WORKERS, via: 'rings' });
  await tasks.ready();
  const total = work.warmup + work.messages;
  const sum = new TaskResults(does);
  let begun = 0;
  let left = total;
  let clock: Clock | undefined;
  const lane = async (): Promise<void> => {
    while (begun < total) {
      sum.add(await tasks.run(seedOf(begun++)));
      if (--left === work.messages) clock = new Clock();
    }
  };
  // As many tasks wait as a socket lets wait.
  await Promise.all(Array.from({ length: work.highWaterMark }, lane));
  clock?.report(work.messages);
  sum.check(total);
  await tasks.close();
}

void run(assignment() as Assignment);
