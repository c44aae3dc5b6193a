// Asks of an actor that has a thread of its own.

import type { Assignment } from '../work.js';
import { actorModule } from './actor-module.js';
import { assignment } from './assignment.js';
import { timeCalls } from './calls.js';
import type Echo from './echo.js';
import { loadActors } from './libraries.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { system } = await loadActors(module);
  await using sys = await system();
  const url = actorModule(new URL('./echo.js', import.meta.url), module);
  const echo = await sys.spawn<typeof Echo>(url);
  await timeCalls(work, (body) => echo.ask('echo', body));
}

void run(assignment() as Assignment);
