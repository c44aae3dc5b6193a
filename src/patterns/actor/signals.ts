import type { ShutdownOptions, ShutdownReport } from './system.js';

/** What is shut down: a System. */
interface Stoppable {
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
}

export interface SignalOptions extends ShutdownOptions {
  /** Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** Called when the system has ended, in place of ending the process with the signal. */
  readonly ended?: ((report: ShutdownReport) => void) | undefined;
}

/** Shutdowns that signals have begun, and that are not over. */
let underWay = 0;
/** The signal that ends the process when they all are; undefined if nobody wants that. */
let last: NodeJS.Signals | undefined;

/**
 * Shuts a system down at the first signal, in order, and then ends the process with that signal, as if it had
 * not been caught. If several systems are, the process ends with the last of them. A second signal ends it at once.
 * @returns what takes it back
 */
export function shutdownOnSignals(system: Stoppable, options: SignalOptions = {}): () => void {
  const { signals = ['SIGINT', 'SIGTERM'], ended, ...rest } = options;
  const caught = (signal: NodeJS.Signals): void => {
    // From here on the default action is there again: the second ends the process.
    stop();
    underWay++;
    if (ended === undefined) last ??= signal;
    void system.shutdown(rest).then((report) => {
      ended?.(report);
      underWay--;
      if (underWay === 0 && last !== undefined) process.kill(process.pid, last);
    });
  };
  const stop = (): void => {
    for (const signal of signals) process.off(signal, caught);
  };
  for (const signal of signals) process.on(signal, caught);
  return stop;
}
