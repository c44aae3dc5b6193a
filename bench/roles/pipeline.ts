// Bytes through stages that give them on as they are, each with a thread.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { newBody } from './bodies.js';
import { loadActors } from './libraries.js';
import { checkLength, Clock, reportResult } from './report.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { pipeline } = await loadActors(module);
  const body = newBody(work);
  const total = work.warmup + work.messages;
  function* bodies(): Generator<Uint8Array> {
    for (let n = 0; n < total; n++) yield body;
  }
  const same = new URL('./stage-same.js', import.meta.url);
  let stages = pipeline().source(bodies()).stage(same);
  for (let n = 1; n < work.connections; n++) stages = stages.stage(same);
  let left = total;
  let clock: Clock | undefined;
  await stages
    .sink((bytes) => {
      checkLength((bytes as Uint8Array).length, work.bodyBytes);
      if (--left === work.messages) clock = new Clock();
      if (left === 0) reportResult(work.messages * work.connections, clock!.nanoseconds);
    })
    .run();
}

void run(assignment() as Assignment);
