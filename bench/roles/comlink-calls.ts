// The same calls as those of ask, by comlink.

import { Worker } from 'node:worker_threads';
import { wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { timeCalls } from './calls.js';
import type { Offered } from './comlink-worker.js';

async function run({ work }: Assignment): Promise<void> {
  const worker = new Worker(new URL('./comlink-worker.js', import.meta.url));
  const remote = wrap<Offered>(nodeEndpoint(worker));
  await timeCalls(work, (body) => remote.echo(body));
  await worker.terminate();
}

void run(assignment() as Assignment);
