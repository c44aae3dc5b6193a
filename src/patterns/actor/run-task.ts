import type { Line } from '../../runtime/actor/host.js';
import { loadFunction } from '../../runtime/actor/load-module.js';
import type { Start } from '../../runtime/actor/protocol.js';
import { isTermination } from '../proxy-warnings.js';
import { contextOf } from './context-of.js';
import { Sockets } from './sockets.js';
import type { Task } from './task.js';
import { TaskPipe } from './task-pipe.js';

export interface TaskParameters {
  /** What the task's pipe connects to. */
  readonly endpoint: string;
  /** Milliseconds that its sockets linger for. */
  readonly linger: number;
}

/** What the thread of a task does. */
export async function runTask(start: Start, line: Line): Promise<void> {
  const run = (await loadFunction(start.module)) as Task;
  const { endpoint, linger } = start.parameters as TaskParameters;
  const context = contextOf(start);
  const pipe = new TaskPipe(line, { context, linger });
  pipe.connect(endpoint);
  try {
    await run(pipe, new Sockets(context, linger), start.data);
  } catch (error) {
    // The context's end is everybody's, and no failure of the task.
    if (!isTermination(error)) throw error;
  }
  if (!pipe.closed) pipe.close();
}
