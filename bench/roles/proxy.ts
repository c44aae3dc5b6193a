// Two publishers, a forwarder and a subscriber over inproc, a worker thread each.

import { Worker } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { load } from './libraries.js';
import type { ProxyAssignment, ProxyPart } from './proxy-thread.js';

const THREADS: readonly ProxyPart[] = ['forward', 'publish', 'publish', 'subscribe'];

async function run({ module, work }: Assignment): Promise<void> {
  // The threads' default context is this one's.
  await load(module);
  for (const part of THREADS) {
    const told: ProxyAssignment = { module, work, part };
    new Worker(new URL('./proxy-thread.js', import.meta.url), { workerData: told });
  }
}

void run(assignment() as Assignment);
