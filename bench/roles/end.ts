// One end: a process of its own, or a thread of inproc-threads.

import type { EndAssignment } from '../work.js';
import { ACTOR_ENDS, isActorEnd } from './actor-ends.js';
import { assignment } from './assignment.js';
import { runAsyncEnd } from './async-ends.js';
import { BLOCKING_ENDS } from './ends.js';
import { loadLoomwire } from './libraries.js';

async function run({ module, work, end, endpoint }: EndAssignment): Promise<void> {
  if (isActorEnd(end)) await ACTOR_ENDS[end](module, work, endpoint);
  else if (work.style === 'async') await runAsyncEnd(module, work, end, endpoint);
  else BLOCKING_ENDS[end](await loadLoomwire(module), work, endpoint);
}

void run(assignment() as EndAssignment);
