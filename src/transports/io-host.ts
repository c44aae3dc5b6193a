import type { ServedSocket, SocketProfile } from '../runtime/context/commands.js';
import type { Thread } from '../runtime/thread/thread.js';
import type { Account } from './account.js';
import type { Traffic } from './engine.js';
import type { Monitors } from './monitor.js';
import type { Pace } from './pace.js';

/** A session, as its worker sees it. */
export interface Served {
  /** The process ends: sends what is there, for as long as linger says. */
  exit(): void;
  /** The worker leaves: sends no more than what the kernel takes. */
  stop(): void;
}

/** Of a bind or connect command, what its account is made from. */
export interface AccountedEndpoint {
  readonly endpoint: string;
  readonly profile: SocketProfile;
}

/** What sessions and listeners need of the I/O worker they live in. */
export interface IoHost {
  readonly thread: Thread;
  readonly traffic: Traffic;
  /** At which connections are made. */
  readonly pace: Pick<Pace, 'keep'>;
  /** Where what happens is reported. */
  readonly monitors: Monitors;
  /** Is the worker giving up whatever is left? */
  readonly stopping: boolean;
  /** An account for an endpoint of a socket; the caller is its first user. */
  openAccount(socket: ServedSocket & AccountedEndpoint): Account;
  /** Counts a session, so that whoever terminates waits for it. */
  adopt(session: Served): void;
  release(session: Served): void;
}
