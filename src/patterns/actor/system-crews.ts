import type { Pool, TaskModule, UntypedTask } from '../../runtime/actor/pool-types.js';
import { checkModule, checkObject, nameOf } from '../../runtime/actor/pool-options.js';
import type { CloseReport } from '../../runtime/actor/pool-types.js';
import type { MemberEnd } from './members.js';
import { openPipeline, type PipelineStart } from './pipeline.js';
import type { PipelineRun } from './pipeline-run.js';
import type { PipelineOptions } from './pipeline-types.js';
import { openPool, type AnyPoolOptions } from './pool.js';
import { startStage, type ServedStage, type ServeStageOptions } from './serve-stage.js';
import { startServer } from './server.js';
import type { Server, ServerOptions } from './server-types.js';
import type { SystemCore } from './system-core.js';

/* What a system has besides tasks and actors; it sees them off. */

/** See `System.pool`. */
export function poolIn<M extends TaskModule = UntypedTask>(
  core: SystemCore,
  url: URL | string,
  options: AnyPoolOptions,
): Pool<M> {
  return join(core, url, options, (name) =>
    openPool<M>(url, { ...options, name }, () => core.context, core.composition),
  );
}

/** See `System.pipeline`. */
export function pipelineIn(core: SystemCore, options: PipelineOptions): PipelineStart {
  core.checkOpen();
  checkObject(options);
  const running = (run: PipelineRun, wished: string): void => {
    core.checkOpen();
    const end = async (timeout: number): Promise<MemberEnd> => {
      const dropped = await run.stop(timeout);
      return { outcome: dropped > 0 ? 'forced' : 'drained', dropped };
    };
    core.members.admit(wished, (name) => ({ name, done: run.ended, end }));
  };
  return openPipeline({ context: core.context, ...options }, running, core.composition);
}

/** See `System.serveStage`. */
export async function serveStageIn(
  core: SystemCore,
  endpoint: string,
  url: URL | string,
  options: ServeStageOptions,
): Promise<ServedStage> {
  const stage = join(core, url, options, (name) =>
    startStage(url, { context: core.context, ...options, name }, core.composition),
  );
  await stage.open(endpoint);
  return stage;
}

/** See `System.server`. */
export async function serverIn(
  core: SystemCore,
  endpoint: string,
  url: URL | string,
  options: ServerOptions,
): Promise<Server> {
  const server = join(core, url, options, (name) =>
    startServer(url, { context: core.context, ...options, name }, core.composition),
  );
  await server.open(endpoint);
  return server;
}

/** What has threads from its first moment, and is seen off from then on: it may still be loading. */
function join<T extends Pick<Server, 'ended' | 'close'>>(
  core: SystemCore,
  url: URL | string,
  options: { readonly name?: string | undefined },
  make: (name: string) => T,
): T {
  core.checkOpen();
  checkObject(options);
  let made!: T;
  core.members.admit(options.name ?? nameOf(checkModule(url)), (name) => {
    made = make(name);
    const end = async (timeout: number): Promise<MemberEnd> => endOf(await made.close({ timeout }));
    return { name, done: made.ended, end };
  });
  return made;
}

function endOf({ dropped, forced }: CloseReport): MemberEnd {
  return { outcome: forced > 0 ? 'forced' : 'drained', dropped: dropped + forced };
}
