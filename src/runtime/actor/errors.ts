import { reviveClass } from '../control/sent-error.js';

const TEXTS = {
  ERR_ACTOR_LOAD: 'The module could not be loaded',
  ERR_ACTOR_NOT_FUNCTION: 'The module exports nothing that could be run',
  ERR_ACTOR_START_TIMEOUT: 'It was not ready in time',
  ERR_ACTOR_DIED: 'It has died',
  ERR_ACTOR_STOPPED: 'It has been stopped',
  ERR_ACTOR_NAME: 'The name is taken',
  ERR_ACTOR_CLONE: 'What cannot be cloned cannot be sent to another thread',
  ERR_ACTOR_DECODE: 'The message could not be decoded',
  ERR_ACTOR_METHOD: 'There is no such message',
  ERR_ACTOR_FULL: 'The mailbox is full',
  ERR_ACTOR_TIMEOUT: 'There was no answer in time',
  ERR_ACTOR_UNREACHABLE: 'The connection was lost',
  ERR_ACTOR_RESTARTS: 'It has died too often',
  ERR_POOL_CLOSED: 'The pool was closed before the task was over',
  ERR_POOL_FULL: 'As many tasks wait as may wait',
  ERR_WORKER_DIED: 'The thread died in the middle of the task',
  ERR_SERVER_BUSY: 'As many requests wait as may wait',
  ERR_SERVER_REPLY: 'The handler gave no message',
  ERR_STAGE_UNREACHABLE: 'The stage is not there',
} as const;

/** What can happen to actors and tasks, and to those who talk to them. */
export type ActorErrorCode = keyof typeof TEXTS;

export interface ActorErrorDetails {
  readonly message?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error of the actors' half of the library. What sockets throw is a ZmqError here, too.
 *
 * @example
 * ```ts
 * import { ActorError, system } from 'loomwire/actors';
 *
 * const own = await system();
 * await own.shutdown();
 * try {
 *   own.pool(new URL('file:///tasks.js'));
 * } catch (error) {
 *   if (error instanceof ActorError) console.log(error.code); // ERR_ACTOR_STOPPED
 * }
 * ```
 */
export class ActorError extends Error {
  override readonly name = 'ActorError';
  readonly code: ActorErrorCode;

  constructor(code: ActorErrorCode, { message, cause }: ActorErrorDetails = {}) {
    super(message ?? TEXTS[code], cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

reviveClass('ActorError', ({ code }, details) =>
  isActorErrorCode(code) ? new ActorError(code, details) : new Error(details.message, details),
);

function isActorErrorCode(code: unknown): code is ActorErrorCode {
  return typeof code === 'string' && Object.hasOwn(TEXTS, code);
}
