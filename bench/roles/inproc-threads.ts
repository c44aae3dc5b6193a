// Both ends over inproc, a worker thread each, in the library's default context.

import { Worker } from 'node:worker_threads';
import { type EndAssignment, ENDS, INPROC_ENDPOINT, type InprocAssignment } from '../work.js';
import { load } from './libraries.js';

async function run({ library, work }: InprocAssignment): Promise<void> {
  // Both libraries give threads the default context of a main thread that has loaded them before.
  await load(library);
  const { bound, connected } = ENDS[work.pattern];
  for (const end of [bound, connected]) {
    const assignment: EndAssignment = { library, work, end, endpoint: INPROC_ENDPOINT };
    // Without a listener for 'error' a failing thread ends the process, and so the measurement.
    new Worker(new URL('./end.js', import.meta.url), { workerData: assignment });
  }
}

void run(JSON.parse(process.argv[2] ?? '') as InprocAssignment);
