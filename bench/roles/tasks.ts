// PUSH to two workers, each of which does what it is told and sends the result, and PULL of these.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { loadLoomwire } from './libraries.js';
import { Clock } from './report.js';
import { seedOf, TaskResults } from './task.js';

const WORKERS = 2;

async function run(told: Assignment): Promise<void> {
  const { work, module } = told;
  const { context, Pull, Push } = await loadLoomwire(module);
  const tasks = new Push({ sendHighWaterMark: work.highWaterMark });
  await tasks.bind('inproc://tasks');
  const results = new Pull({ receiveHighWaterMark: work.highWaterMark });
  await results.bind('inproc://results');
  const ready: Promise<unknown>[] = [];
  for (let n = 0; n < WORKERS; n++) {
    const worker = new Worker(new URL('./tasks-worker.js', import.meta.url), { workerData: told });
    ready.push(once(worker, 'message'));
  }
  // One that came late would have its start measured, or find the context gone.
  await Promise.all(ready);

  const total = work.warmup + work.messages;
  const vent = async (): Promise<void> => {
    const body = Buffer.alloc(4);
    for (let task = 0; task < total; task++) {
      body.writeUInt32LE(seedOf(task));
      await tasks.send(body);
    }
  };
  void vent();

  const sum = new TaskResults();
  let left = total;
  let clock: Clock | undefined;
  for await (const [result] of results) {
    sum.add(result!.readUInt32LE());
    if (--left === work.messages) clock = new Clock();
    if (left === 0) break;
  }
  clock?.report(work.messages);
  sum.check(total);
  // Ends the workers, too.
  await context.destroy();
}

void run(assignment() as Assignment);
