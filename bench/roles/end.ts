// One end: a process of its own, or a thread of inproc-threads.

import { isMainThread, workerData } from 'node:worker_threads';
import type { EndAssignment } from '../work.js';

async function run(): Promise<void> {
  const assignment = (
    isMainThread ? JSON.parse(process.argv[2] ?? '') : workerData
  ) as EndAssignment;
  const { library, work, end, endpoint } = assignment;
  // Each style loads only what it needs: blocking ends would drag loomwire into zeromq.js's process.
  if (work.style === 'blocking') {
    const { BLOCKING_ENDS } = await import('./blocking-ends.js');
    BLOCKING_ENDS[end](work, endpoint);
  } else {
    const { runAsyncEnd } = await import('./async-ends.js');
    await runAsyncEnd(library, work, end, endpoint);
  }
}

void run();
