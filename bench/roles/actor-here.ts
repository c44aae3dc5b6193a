import type { ActorHandle } from '../../src/actors.js';
import type { Assignment, Work } from '../work.js';
import { actorModule } from './actor-module.js';
import { refOptions } from './actor-calls.js';
import { assignment } from './assignment.js';
import type Echo from './echo.js';
import { loadActors } from './libraries.js';

/** Starts the actor in a thread of this process, and measures from this one. */
export async function withActor(
  run: (work: Work, echo: ActorHandle<typeof Echo>) => Promise<void>,
): Promise<void> {
  const { module, work } = assignment() as Assignment;
  const { system } = await loadActors(module);
  await using sys = await system();
  const url = actorModule(new URL('./echo.js', import.meta.url), module);
  await run(work, await sys.spawn<typeof Echo>(url, refOptions(work)));
}
