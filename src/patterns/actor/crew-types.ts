import type { ResourceLimits } from 'node:worker_threads';
import type { Context } from '../../runtime/context/context.js';
import type { ContextHandle } from '../../runtime/memory/arena.js';
import type { Words } from '../../runtime/memory/atomics.js';
import type { SentError } from '../../runtime/control/sent-error.js';

/** Something to be run by a thread of a crew, and what is to become of it. */
export interface Job {
  readonly argument: unknown;
  /** The function to run. */
  readonly task: string;
  /** How many threads have died with it so far. */
  deaths: number;
  /** Nobody wants it any more, so it is not begun. */
  readonly forgotten: boolean;
  /** A thread has been given it. */
  begin(): void;
  done(value: unknown): void;
  fail(error: unknown): void;
}

export interface CrewOptions {
  readonly context: Context;
  /** A module that each thread loads before that, as a URL. */
  readonly composition?: string | undefined;
  /** The module, as a URL. */
  readonly url: string;
  /** The function that has to be there. Default: its default export. */
  readonly task?: string | undefined;
  readonly name: string;
  readonly threads: number;
  /** How often a job whose thread has died is given to another. */
  readonly retry: number;
  /** Jobs that a thread may have at once; undefined for as many as keep it at work. */
  readonly credit?: number | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Milliseconds that a thread may take to load the module. */
  readonly startTimeout: number;
  /** However often members are lost, others take their places: it is not they who fail. */
  readonly lasting?: boolean | undefined;
  /** Nobody waits for a single result: those of short jobs may wait for others while there is more to do. */
  readonly bulk?: boolean | undefined;
}

/** What the thread of a member is told at its start. */
export interface MemberData {
  readonly handle: ContextHandle;
  readonly endpoint: string;
  readonly composition: string | undefined;
  readonly url: string;
  readonly task: string;
  readonly bulk: boolean;
  /** See `Begun`. */
  readonly begun: Words;
}

/** What the thread of a member tells of its start. */
export type MemberNotice = { readonly ready: true } | { readonly failure: SentError };
