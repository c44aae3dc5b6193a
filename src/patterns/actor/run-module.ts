import { ActorError } from '../../runtime/actor/errors.js';
import type { Line } from '../../runtime/actor/host.js';
import { CODEC, LOGGER } from '../../runtime/base/injected.js';
import { coreOf, type Context } from '../../runtime/context/context.js';
import { loadDefault } from '../../runtime/actor/load-module.js';
import type { Start } from '../../runtime/actor/protocol.js';
import { isTermination } from '../proxy-warnings.js';
import { contextOf } from './context-of.js';
import { isActor } from './definition.js';
import { offerControls } from './offer-controls.js';
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
  /** Not a task: what it was given, only an actor has, such as a thread that it shares. */
  readonly onlyActor: boolean;
  /** What is loaded first, to register what is to be injected. */
  readonly composition: string | undefined;
}

/** What a module needs of its thread's line. */
export type ModuleLine = Pick<Line, 'ready' | 'say' | 'listen' | 'pump'>;

/** What a thread says of a module that might have been a task when it has loaded it, and it is an actor. */
export const IS_ACTOR = 'actor';

/** Runs a user's module: a task or an instance of an actor, whichever it exports. */
export async function runModule(start: Start, line: ModuleLine): Promise<void> {
  const { composition, onlyActor } = start.parameters as ModuleParameters;
  if (composition !== undefined) await loadDefault(composition);
  const value = await loadDefault(start.module);
  // Whoever has started it makes the rest of an actor while this thread makes its own.
  if (!onlyActor && isActor(value)) line.say(IS_ACTOR);
  await runValue(value, start, line, contextOf(start));
}

/**
 * Runs what a module exports by default.
 * @param context where the other end of the pipe is
 */
export async function runValue(
  value: unknown,
  start: Start,
  line: ModuleLine,
  context: Context,
): Promise<void> {
  const { endpoint, linger, restarts, onlyActor } = start.parameters as ModuleParameters;
  const { services } = coreOf(context);
  const sockets = new Sockets(context, linger, services.injected(LOGGER)(start.name));
  const pipe = new TaskPipe(line, { context, linger });
  try {
    if (isActor(value)) {
      pipe.sendHighWaterMark = 0;
      pipe.receiveHighWaterMark = 0;
      pipe.connect(endpoint);
      const { name, data } = start;
      const { slot } = coreOf(context).thread;
      const stage = { state: undefined };
      const withdrawControls = offerControls(value, line, context, stage);
      const own = { name, data, restarts, sockets, log: sockets.log };
      try {
        await runActor(value, {
          start,
          line,
          pipe,
          codec: services.injected(CODEC),
          context: own,
          stage,
          slot,
        });
      } finally {
        withdrawControls();
      }
    } else if (typeof value === 'function' && !onlyActor) {
      pipe.connect(endpoint);
      await (value as Task)(pipe, sockets, start.data);
    } else throw notRunnable(start.module, value, onlyActor);
  } catch (error) {
    // The context's end is everybody's, and no failure of the task.
    if (!isTermination(error)) throw error;
  } finally {
    if (!pipe.closed) pipe.close();
  }
}

function notRunnable(module: string, value: unknown, onlyActor: boolean): ActorError {
  const wanted = onlyActor ? 'not an actor' : 'neither a function nor an actor';
  const what = value === null ? 'null' : typeof value === 'function' ? 'a task' : typeof value;
  return new ActorError('ERR_ACTOR_NOT_FUNCTION', {
    message: `The default export of ${module} is ${wanted}, but ${what}`,
  });
}
