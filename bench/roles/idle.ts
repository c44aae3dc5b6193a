// Sockets in four threads that wait for messages which do not come: what that costs.

import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import type { IdleAssignment } from './idle-thread.js';
import { loadLoomwire } from './libraries.js';
import { reportResult } from './report.js';

const THREADS = 4;

async function run({ module, work }: Assignment): Promise<void> {
  const { context } = await loadLoomwire(module);
  const workers = Array.from({ length: THREADS }, (_, thread) => {
    const told: IdleAssignment = { module, work, thread, sockets: work.connections / THREADS };
    return new Worker(new URL('./idle-thread.js', import.meta.url), { workerData: told });
  });
  // Each says so when all of its connections have carried a message.
  await Promise.all(workers.map((worker) => once(worker, 'message')));

  const started = process.hrtime.bigint();
  const before = process.cpuUsage();
  await later(work.messages);
  const { user, system } = process.cpuUsage(before);
  reportResult(Number(process.hrtime.bigint() - started), (user + system) * 1000);
  await context.destroy();
}

void run(assignment() as Assignment);
