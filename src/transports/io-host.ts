import type { Thread } from '../runtime/thread/thread.js';
import type { Traffic } from './engine.js';
import type { Session } from './session.js';

/** What sessions and listeners need of the I/O worker they live in. */
export interface IoHost {
  readonly thread: Thread;
  readonly traffic: Traffic;
  /** Counts a session, so that whoever terminates waits for it. */
  adopt(session: Session): void;
  release(session: Session): void;
}
