import type { SentError } from '../control/sent-error.js';

/** What a thread of a pool is told to do. */
export interface TaskOrder {
  /** A module to be loaded first. */
  readonly composition: string | undefined;
  readonly url: string;
  readonly name: string;
  readonly argument: unknown;
  /** Load the module, and no more. */
  readonly load?: true;
}

/** What came of it. */
export type TaskOutcome = { readonly value: unknown } | { readonly error: SentError };
