import type { Pool, TaskModule, UntypedTask } from '../../runtime/actor/pool-types.js';
import { context } from '../../runtime/context/default-context.js';
import type { ThreadOptions } from './thread-options.js';
import type { PipelineStart } from './pipeline.js';
import type { PipelineOptions } from './pipeline-types.js';
import type { AnyPoolOptions } from './pool.js';
import type { ServedStage, ServeStageOptions } from './serve-stage.js';
import type { Server, ServerOptions } from './server-types.js';
import { System } from './system.js';
import type { ActorHandle } from './actor-handle.js';
import type { ActorRef, RefOptions } from './actor-ref.js';
import type { AnyActor } from './definition.js';
import type { SpawnOptions } from './spawn-module.js';
import type { TaskHandle } from './task-handle.js';

let made: System | undefined;

/** The system of the functions that need none: in the process's own context, and made when it is first used. */
export function defaultSystem(): System {
  return (made ??= new System({ context, warm: 0 }));
}

/** `System.spawn`, in the default system. */
export function spawn(module: URL | string, options?: ThreadOptions): Promise<TaskHandle>;
export function spawn<A extends AnyActor>(
  module: URL | string,
  options?: SpawnOptions,
): Promise<ActorHandle<A>>;
export function spawn(
  module: URL | string,
  options?: SpawnOptions,
): Promise<TaskHandle | ActorHandle> {
  return defaultSystem().spawn(module, options);
}

/** `System.ref`, in the default system. */
export function ref<A extends AnyActor>(endpoint: string, options?: RefOptions): ActorRef<A> {
  return defaultSystem().ref<A>(endpoint, options);
}

/** `System.pool`, in the default system. */
export function pool<M extends TaskModule = UntypedTask>(
  module: URL | string,
  options?: AnyPoolOptions,
): Pool<M> {
  return defaultSystem().pool<M>(module, options);
}

/** `System.pipeline`, in the default system. */
export function pipeline(options?: PipelineOptions): PipelineStart {
  return defaultSystem().pipeline(options);
}

/** `System.serveStage`, in the default system. */
export function serveStage(
  endpoint: string,
  module: URL | string,
  options?: ServeStageOptions,
): Promise<ServedStage> {
  return defaultSystem().serveStage(endpoint, module, options);
}

/** `System.server`, in the default system. */
export function server(
  endpoint: string,
  handler: URL | string,
  options?: ServerOptions,
): Promise<Server> {
  return defaultSystem().server(endpoint, handler, options);
}
