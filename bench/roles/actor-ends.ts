import type { ActorRef } from '../../src/actors.js';
import type { ActorEndName, EndName, Work } from '../work.js';
import { askAll, refOptions, tellAll } from './actor-calls.js';
import { actorModule } from './actor-module.js';
import type Echo from './echo.js';
import { loadActors } from './libraries.js';
import { runPipeline, STAGE } from './pipeline-run.js';
import { meet, meetLater, reportEndpoint } from './report.js';
import { sendRequests, serveRequests } from './server-ends.js';

type RunActorEnd = (module: string, work: Work, endpoint: string) => Promise<void>;

/** What is in two processes of what tasks, actors and pipelines are in one. The bound end goes when the other is done. */
export const ACTOR_ENDS: Readonly<Record<ActorEndName, RunActorEnd>> = {
  'host-actor': async (module, _work, endpoint) => {
    const { system } = await loadActors(module);
    await using sys = await system();
    const url = actorModule(new URL('./echo.js', import.meta.url), module);
    const echo = await sys.spawn<typeof Echo>(url, { at: endpoint });
    reportEndpoint(echo.endpoint);
    await meetLater();
  },
  'ask-actor': (module, work, endpoint) => withRef(module, work, endpoint, askAll),
  'tell-actor': (module, work, endpoint) => withRef(module, work, endpoint, tellAll),

  'host-stage': async (module, _work, endpoint) => {
    const { serveStage } = await loadActors(module);
    await using served = await serveStage(endpoint, STAGE, { threads: 1 });
    reportEndpoint(served.endpoint);
    await meetLater();
  },
  'use-stage': async (module, work, endpoint) => {
    await runPipeline(module, work, { at: endpoint });
    meet();
  },

  'serve-requests': serveRequests,
  'send-requests': sendRequests,
};

export function isActorEnd(end: EndName): end is ActorEndName {
  return Object.hasOwn(ACTOR_ENDS, end);
}

async function withRef(
  module: string,
  work: Work,
  endpoint: string,
  run: (work: Work, echo: ActorRef<typeof Echo>) => Promise<void>,
): Promise<void> {
  const { system } = await loadActors(module);
  await using sys = await system({ warm: 0 });
  await run(work, sys.ref<typeof Echo>(endpoint, refOptions(work)));
  meet();
}
