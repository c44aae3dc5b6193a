import type { Pool, TaskModule, UntypedTask } from '../../runtime/actor/pool-types.js';
import { checkModule, checkObject, nameOf } from '../../runtime/actor/pool-options.js';
import type { CloseReport } from '../../runtime/actor/pool-types.js';
import type { MemberEnd } from './members.js';
import { openPipeline, type PipelineStart } from './pipeline.js';
import type { PipelineRun } from './pipeline-run.js';
import type { PipelineOptions } from './pipeline-types.js';
import { openPool, type AnyPoolOptions } from './pool.js';
import { serveStage, type ServedStage, type ServeStageOptions } from './serve-stage.js';
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
  core.checkOpen();
  checkObject(options);
  const name = core.members.reserve(options.name ?? nameOf(checkModule(url)));
  try {
    const pool = openPool<M>(url, { ...options, name }, () => core.context, core.composition);
    const end = async (timeout: number): Promise<MemberEnd> => endOf(await pool.close({ timeout }));
    core.members.add({ name, done: pool.ended, end });
    return pool;
  } catch (error) {
    core.members.release(name);
    throw error;
  }
}

/** See `System.pipeline`. */
export function pipelineIn(core: SystemCore, options: PipelineOptions): PipelineStart {
  core.checkOpen();
  checkObject(options);
  const running = (run: PipelineRun, wished: string): void => {
    core.checkOpen();
    const name = core.members.reserve(wished);
    const end = async (timeout: number): Promise<MemberEnd> => {
      const dropped = await run.stop(timeout);
      return { outcome: dropped > 0 ? 'forced' : 'drained', dropped };
    };
    core.members.add({ name, done: run.ended, end });
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
  core.checkOpen();
  checkObject(options);
  const name = core.members.reserve(options.name ?? nameOf(checkModule(url)));
  try {
    const all = { context: core.context, ...options, name };
    const stage = await serveStage(endpoint, url, all, core.composition);
    const end = async (timeout: number): Promise<MemberEnd> =>
      endOf(await stage.close({ timeout }));
    core.members.add({ name, done: stage.ended, end });
    return stage;
  } catch (error) {
    core.members.release(name);
    throw error;
  }
}

/** See `System.server`. */
export async function serverIn(
  core: SystemCore,
  endpoint: string,
  url: URL | string,
  options: ServerOptions,
): Promise<Server> {
  core.checkOpen();
  checkObject(options);
  const name = core.members.reserve(options.name ?? nameOf(checkModule(url)));
  try {
    const all = { context: core.context, ...options, name };
    const server = await startServer(endpoint, url, all, core.composition);
    const end = async (timeout: number): Promise<MemberEnd> =>
      endOf(await server.close({ timeout }));
    core.members.add({ name, done: server.ended, end });
    return server;
  } catch (error) {
    core.members.release(name);
    throw error;
  }
}

function endOf({ dropped, forced }: CloseReport): MemberEnd {
  return { outcome: forced > 0 ? 'forced' : 'drained', dropped: dropped + forced };
}
