import type { Death, Reason } from '../../../src/actors.js';

/* Deaths in a few words, which say of each which it was: exit codes and messages have the number of the kill. */

export function markOf(reason: Reason): string {
  switch (reason.kind) {
    case 'exit':
      return `exit ${reason.exitCode}`;
    case 'error':
      return `error ${reason.error instanceof Error ? reason.error.message : String(reason.error)}`;
    case 'killed':
      return reason.by === 'neighbour'
        ? `killed by neighbour ${reason.neighbour}`
        : `killed by ${reason.by}`;
    default:
      return reason.kind;
  }
}

/** Of one that does not come back. */
export function forGood(mark: string): string {
  return `${mark}, for good`;
}

export function markOfDeath({ reason, comesBack }: Death): string {
  const mark = markOf(reason);
  return comesBack ? mark : forGood(mark);
}
