import type { Sockets } from './sockets.js';
import type { TaskPipe } from './task-pipe.js';

/** What a task is told, as a message of one part, when it is to come to its end. */
export const TERM = '$TERM';

/**
 * What a module exports by default to run in a thread of its own. It may block. It says `pipe.signal()` when it is
 * ready, and comes to its end when the pipe says `$TERM`; its sockets are then closed for it.
 * @param pipe leads to whoever has started it
 * @param sockets makes sockets in the system's context
 * @param data what was given as `options.data`, cloned
 */
export type Task<Data = unknown> = (pipe: TaskPipe, sockets: Sockets, data: Data) => unknown;

/** The task itself: gives its parameters their types. */
export function task<Data = unknown>(run: Task<Data>): Task<Data> {
  return run;
}

/** Is it what a task is told when it is to end? */
export function isTerm(message: readonly Buffer[]): boolean {
  return message.length === 1 && message[0]!.length === TERM.length && String(message[0]) === TERM;
}
