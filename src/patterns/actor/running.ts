import type { Deadline } from '../../runtime/actor/deadline.js';
import type { Killer, Reason } from '../../runtime/actor/reason.js';

/** What runs in a thread of its own or in one that it shares: an incarnation of an actor, or a task. */
export interface Running {
  /** What it was ready with. Rejects with an ActorError if it ends before. */
  readonly ready: Promise<unknown>;
  readonly done: Promise<Reason>;
  /** To the program's `line.listen`. */
  post(message: unknown, transfer: readonly object[]): void;
  /** See `ActorThread.stop`. */
  stop(ask: () => unknown, deadline: Deadline): Promise<Reason>;
  kill(by?: Killer): Promise<Reason>;
}
