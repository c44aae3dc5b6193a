import { HandlePipe } from './handle-pipe.js';
import type { TaskParameters } from './run-task.js';
import type { SystemCore, ThreadOptions } from './system-core.js';
import { TaskHandle } from './task-handle.js';

/** See `System.spawn`. */
export async function spawnTask(
  core: SystemCore,
  module: URL | string,
  options: ThreadOptions,
): Promise<TaskHandle> {
  const { context, linger } = core;
  const endpoint = core.endpoint('task');
  const parameters: TaskParameters = { endpoint, linger: lingerOf(linger) };
  const thread = core.startThread('task', module, parameters, options);
  const pipe = new HandlePipe(thread.name, { context, linger: lingerOf(linger) });
  const handle = new TaskHandle(thread, pipe, linger);
  core.members.add(handle);
  try {
    // Long before the thread gets there: it has nothing else to connect to.
    pipe.bindSync(endpoint);
    await thread.ready;
  } catch (error) {
    await thread.kill();
    await handle.done;
    throw error;
  }
  return handle;
}

/** As sockets take it. */
export function lingerOf(linger: number): number {
  return linger === Infinity ? -1 : Math.ceil(linger);
}
