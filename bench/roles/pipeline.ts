// Bytes through stages that give them on as they are, each with a thread.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { runPipeline } from './pipeline-run.js';

async function run({ module, work }: Assignment): Promise<void> {
  await runPipeline(module, work, {});
}

void run(assignment() as Assignment);
