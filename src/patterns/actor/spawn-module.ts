import { ActorCell, type ActorOptions } from './actor-cell.js';
import { ActorHandle } from './actor-handle.js';
import type { AnyActor } from './definition.js';
import { type Instance, startInstance } from './instance.js';
import { Supervision, type SuperviseOptions } from './supervision.js';
import type { SystemCore } from './system-core.js';
import { TaskHandle } from './task-handle.js';

export interface SpawnOptions extends ActorOptions {
  /** Starts the actor again when it has died. Default: nobody does. */
  readonly supervise?: SuperviseOptions | undefined;
}

/** Options that only actors have. */
const OF_ACTORS = ['at', 'threads', 'thread', 'hwm', 'full', 'supervise'] as const;

/** See `System.spawn`: which of the two it is, the module's default export tells. */
export async function spawnModule(
  core: SystemCore,
  module: URL | string,
  options: SpawnOptions,
): Promise<TaskHandle | ActorHandle> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('options must be an object');
  }
  if (OF_ACTORS.every((option) => options[option] === undefined)) {
    return spawnEither(core, module, options);
  }
  const { supervise } = options;
  const supervision =
    supervise === undefined ? undefined : new Supervision(supervise, () => core.now());
  return spawnActor(core, module, options, supervision);
}

/** Starts an actor. */
export async function spawnActor<A extends AnyActor>(
  core: SystemCore,
  module: URL | string,
  options: ActorOptions,
  supervision: Supervision | undefined,
): Promise<ActorHandle<A>> {
  const cell = core.admit(
    module,
    options,
    (name) => new ActorCell(core, module, name, options, supervision),
  );
  return startCell<A>(core, cell, options);
}

/** @param first an instance that is starting already */
async function startCell<A extends AnyActor>(
  core: SystemCore,
  cell: ActorCell,
  options: ActorOptions,
  first?: Instance,
): Promise<ActorHandle<A>> {
  const started = cell.start(first);
  await Promise.race([cell.bound, started]);
  // While its thread starts.
  let handle: ActorHandle<A>;
  try {
    handle = new ActorHandle<A>(core, cell, await cell.bound, options);
  } catch (error) {
    started.catch(() => undefined);
    await cell.kill();
    throw error;
  }
  try {
    await started;
    return handle;
  } catch (error) {
    handle.discard();
    throw error;
  }
}

async function spawnEither(
  core: SystemCore,
  module: URL | string,
  options: SpawnOptions,
): Promise<TaskHandle | ActorHandle> {
  let told!: () => void;
  const isActor = new Promise<true>((resolve) => (told = () => resolve(true)));
  const runs = { restarts: 0, onlyActor: false };
  let instance!: Instance;
  const handle = core.admit(module, options, (name) => {
    instance = startInstance(core, module, name, options, runs, told);
    return new TaskHandle(name, instance, core.linger);
  });
  try {
    const ready = instance.thread.ready.then(() => false);
    if (!(await Promise.race([isActor, ready]))) return handle;
  } catch (error) {
    await instance.thread.kill();
    await instance.done;
    throw error;
  }
  let cell: ActorCell;
  try {
    cell = new ActorCell(core, module, handle.name, options, undefined);
  } catch (error) {
    await instance.thread.kill();
    await instance.done;
    throw error;
  }
  core.members.replace(handle, cell);
  return startCell(core, cell, options, instance);
}
