import type { ContextHandle } from '../memory/arena.js';
import type { SentError } from '../control/sent-error.js';

/** What a thread is to do. It lies in the thread's port before the thread has it. */
export interface Start {
  /** Which of the door's programs runs it. */
  readonly kind: string;
  /** Undefined for the context of the process. */
  readonly handle: ContextHandle | undefined;
  /** The user's module, as a URL. */
  readonly module: string;
  readonly name: string;
  /** What the user gave, cloned. */
  readonly data: unknown;
  /** What the program needs besides. */
  readonly parameters: unknown;
}

/** What a thread tells whoever has started it. */
export type Notice =
  | { readonly kind: 'ready'; readonly value: unknown }
  /** Anything between the program and whoever started it. */
  | { readonly kind: 'said'; readonly message: unknown }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'exit'; readonly exitCode: number };
