import { ActorError } from '../../runtime/actor/errors.js';
import type { Line } from '../../runtime/actor/host.js';
import { loadDefault } from '../../runtime/actor/load-module.js';
import type { Start } from '../../runtime/actor/protocol.js';
import { isTermination } from '../proxy-warnings.js';
import { v8Codec } from './codec.js';
import { contextOf } from './context-of.js';
import { isActor } from './definition.js';
import { runActor } from './run-actor.js';
import { Sockets } from './sockets.js';
import type { Task } from './task.js';
import { TaskPipe } from './task-pipe.js';

export interface ModuleParameters {
  /** What the pipe connects to. */
  readonly endpoint: string;
  /** Milliseconds that sockets linger for. */
  readonly linger: number;
  /** How often an actor has been started before. */
  readonly restarts: number;
}

/** Runs a user's module: a task or an instance of an actor, whichever it exports. */
export async function runModule(start: Start, line: Pick<Line, 'ready'>): Promise<void> {
  const value = await loadDefault(start.module);
  const { endpoint, linger, restarts } = start.parameters as ModuleParameters;
  const context = contextOf(start);
  const sockets = new Sockets(context, linger);
  const pipe = new TaskPipe(line, { context, linger });
  try {
    if (isActor(value)) {
      pipe.sendHighWaterMark = 0;
      pipe.receiveHighWaterMark = 0;
      pipe.connect(endpoint);
      const { name, data } = start;
      const stage = { state: undefined };
      const own = { name, data, restarts, sockets };
      await runActor(value, { start, line, pipe, codec: v8Codec, context: own, stage });
    } else if (typeof value === 'function') {
      pipe.connect(endpoint);
      await (value as Task)(pipe, sockets, start.data);
    } else throw notRunnable(start.module, value);
  } catch (error) {
    // The context's end is everybody's, and no failure of the task.
    if (!isTermination(error)) throw error;
  } finally {
    if (!pipe.closed) pipe.close();
  }
}

function notRunnable(module: string, value: unknown): ActorError {
  const what = value === null ? 'null' : typeof value;
  return new ActorError('ERR_ACTOR_NOT_FUNCTION', {
    message: `The default export of ${module} is neither a function nor an actor, but ${what}`,
  });
}
