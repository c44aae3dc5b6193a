import type { Reason } from '../../runtime/actor/reason.js';
import { HandlePipe } from './handle-pipe.js';
import type { ModuleParameters } from './run-module.js';
import type { Running } from './running.js';
import type { SystemCore } from './system-core.js';
import { ownEndpoint } from './thread-names.js';
import type { ThreadOptions } from './thread-options.js';

/** A module that runs, and the way to it. */
export interface Instance {
  readonly thread: Running;
  readonly pipe: HandlePipe;
  /** Resolves when it has ended, and its pipe knows. */
  readonly done: Promise<Reason>;
}

export interface InstanceOptions extends ThreadOptions {
  /**
   * In a thread of its own, or in the system's one for light actors. Default own. A shared thread is ended with all that
   * are on it if one is killed, is not ready or does not stop in time, or has its signal aborted.
   */
  readonly thread?: 'own' | 'shared' | undefined;
}

/**
 * Starts a module.
 * @param runs how often it has been started before, and whether it may be a task
 * @param isActor called before it is ready, if it may be a task, and is an actor
 * @throws as `SystemCore.startThread`
 */
export function startInstance(
  core: SystemCore,
  module: URL | string,
  name: string,
  options: InstanceOptions,
  runs: Pick<ModuleParameters, 'restarts' | 'onlyActor'>,
  isActor?: () => void,
): Instance {
  const { context } = core;
  const linger = lingerOf(core.linger);
  const { endpoint, giveBack } = ownEndpoint(context, 'pipe');
  const parameters: ModuleParameters = {
    endpoint,
    linger,
    ...runs,
    composition: core.composition,
  };
  // Its peer connects only once, and is gone before it is closed.
  const pipe = new HandlePipe(name, giveBack, { context, linger });
  let own: Running | undefined;
  try {
    let thread: Running;
    if (options.thread === 'shared') {
      // First: if this fails, nothing could end what has been started there without its neighbours.
      pipe.bindSync(endpoint);
      thread = core.shared.start(module, name, parameters, options);
    } else {
      own = core.startThread('module', module, parameters, name, options, isActor);
      thread = own;
      // While the thread wakes up. Should it be there first, its connect waits for the name.
      pipe.bindSync(endpoint);
    }
    const done = thread.done.then((reason) => {
      pipe.over(reason);
      return reason;
    });
    return { thread, pipe, done };
  } catch (error) {
    // The pipe's name is somebody else's when nobody can connect to it any more.
    if (own === undefined) pipe.close();
    else void own.kill().then(() => pipe.close());
    throw error;
  }
}

/** As sockets take it. */
export function lingerOf(linger: number): number {
  return linger === Infinity ? -1 : Math.ceil(linger);
}
