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
      /** By `kill()`; since it did not stop, or start, in time; or since a signal was aborted. */
      readonly by: 'kill' | 'stop-timeout' | 'start-timeout' | 'signal';
    };

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
      return `it was killed (${reason.by})`;
  }
}
