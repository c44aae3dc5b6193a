/** Why something that had a thread has it no more. Each is told once to whoever wants to know. */
export type Reason =
  /** Its code came to its end by itself. */
  | { readonly kind: 'finished' }
  /** It was told to stop, and did. */
  | { readonly kind: 'stopped' }
  /** It threw, at any place, or a promise of it was rejected and nobody cared. */
  | { readonly kind: 'error'; readonly error: unknown }
  /** It called `process.exit`. */
  | { readonly kind: 'exit'; readonly exitCode: number }
  /** It needed more memory than its `resourceLimits` give. */
  | { readonly kind: 'out-of-memory'; readonly error: unknown }
  /** Its thread was ended from outside. */
  | {
      readonly kind: 'killed';
      /**
       * By `kill()`; since it did not stop, or start, in time; since a signal was aborted; or, on a shared thread,
       * since another there had to be ended for one of these.
       */
      readonly by: 'kill' | 'stop-timeout' | 'start-timeout' | 'signal' | 'neighbour';
      /** The name of the other. */
      readonly neighbour?: string;
    };

/** For what a thread is ended from outside. */
export type Killer = Extract<Reason, { kind: 'killed' }>['by'];

/** In a few words, for messages. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'finished':
      return 'it came to its end';
    case 'stopped':
      return 'it was stopped';
    case 'error':
      return `it threw ${String(reason.error)}`;
    case 'exit':
      return `it called process.exit(${reason.exitCode})`;
    case 'out-of-memory':
      return 'it ran out of memory';
    case 'killed':
      return reason.neighbour === undefined
        ? `it was killed (${reason.by})`
        : `the thread that it shared was ended because of ${reason.neighbour}`;
  }
}
