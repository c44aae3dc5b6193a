import type { Thread } from '../runtime/thread/thread.js';
import type { Traffic } from './engine.js';
import type { Monitors } from './monitor.js';

/** A session, as its worker sees it. */
export interface Served {
  /** The process ends: sends what is there, for as long as linger says. */
  exit(): void;
  /** Gives up at once. */
  abort(): void;
}

/** What sessions and listeners need of the I/O worker they live in. */
export interface IoHost {
  readonly thread: Thread;
  readonly traffic: Traffic;
  /** Where what happens is reported. */
  readonly monitors: Monitors;
  /** Counts a session, so that whoever terminates waits for it. */
  adopt(session: Served): void;
  release(session: Served): void;
}
