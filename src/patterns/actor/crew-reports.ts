import type { CrewEvents } from './crew.js';

/** Told when a server, a served stage or a pool has lost its threads for good. */
export type OnBroken = (error: unknown) => void;

/**
 * Tells what of a crew no call's failure tells.
 * @param what it is the crew of, as `The server resize`
 * @param onBroken told in place of the process's warnings
 */
export function crewReports(what: string, onBroken?: OnBroken): CrewEvents {
  return {
    crewShort: (why) => {
      process.emitWarning(
        `${what} goes on with fewer threads, and tries to get others: ${text(why)}`,
        {
          code: 'LOOMWIRE_THREAD_MISSING',
        },
      );
    },
    crewFailed: (error, complete) => {
      // Otherwise whoever waits for its start is told.
      if (!complete) return;
      if (onBroken !== undefined) {
        // Later: what it throws is its own affair, and what it does must find the crew at rest.
        queueMicrotask(() => onBroken(error));
        return;
      }
      process.emitWarning(`${what} has lost its threads for good: ${text(error)}`, {
        code: 'LOOMWIRE_THREADS_LOST',
      });
    },
  };
}

function text(why: unknown): string {
  return why instanceof Error ? why.message : String(why);
}
