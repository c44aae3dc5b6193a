// A stage that computes, of as many threads as the work says.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { loadActors } from './libraries.js';
import { Clock } from './report.js';
import { seedOf } from './task.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { pipeline } = await loadActors(module);
  const total = work.warmup + work.messages;
  function* seeds(): Generator<number> {
    for (let n = 0; n < total; n++) yield seedOf(n);
  }
  let left = total;
  let clock: Clock | undefined;
  await pipeline()
    .source(seeds())
    .stage(new URL('./stage-compute.js', import.meta.url), { threads: work.connections })
    .sink(() => {
      if (--left === work.messages) clock = new Clock();
      if (left === 0) clock!.report(work.messages);
    })
    .run();
}

void run(assignment() as Assignment);
