// Actors, each spawned in a thread that waits for one.

import type { Assignment } from '../work.js';
import { actorModule } from './actor-module.js';
import { assignment } from './assignment.js';
import { loadActors } from './libraries.js';
import { Clock, reportResult } from './report.js';
import { Threads } from './threads.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { system } = await loadActors(module);
  const total = work.warmup + work.messages;
  const threads = new Threads();
  await using sys = await system({ warm: total });
  await threads.ready(total);
  // Before they wait they do something that makes a spawn short, all of them at the same time here.
  await Threads.rest();
  const url = actorModule(new URL('./spawned.js', import.meta.url), module);
  for (let left = work.warmup; left > 0; left--) await sys.spawn(url);
  const started = threads.started;
  const clock = new Clock();
  for (let left = work.messages; left > 0; left--) await sys.spawn(url);
  const { nanoseconds } = clock;
  if (threads.started !== started) throw new Error('a spawn has found no thread that waits');
  reportResult(work.messages, nanoseconds);
}

void run(assignment() as Assignment);
