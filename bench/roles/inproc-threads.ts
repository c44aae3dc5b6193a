// Both ends over inproc, a worker thread each, in the library's default context.

import { Worker } from 'node:worker_threads';
import { ANY_ENDPOINT, type Assignment, type EndAssignment, ENDS, isPair } from '../work.js';
import { assignment } from './assignment.js';
import { load } from './libraries.js';

async function run({ module, work }: Assignment): Promise<void> {
  if (!isPair(work.pattern)) throw new Error(`${work.pattern} has no ends`);
  // Both libraries give threads the default context of a main thread that has loaded them before.
  await load(module);
  const { bound, connected } = ENDS[work.pattern];
  for (const end of [bound, connected]) {
    const part: EndAssignment = { module, work, end, endpoint: ANY_ENDPOINT.inproc };
    // Without a listener for 'error' a failing thread ends the process, and so the measurement.
    new Worker(new URL('./end.js', import.meta.url), { workerData: part });
  }
}

void run(assignment() as Assignment);
