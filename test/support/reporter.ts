import { writeSync } from 'node:fs';
import { reporters, type MochaOptions, type Runner } from 'mocha';

/** Set by a script that wants to hear of it when nothing is left to run, neither a test nor what one has left behind. */
const LAST_LINE = process.env.LOOMWIRE_TESTS_LAST_LINE;

/** mocha's spec reporter, closed by one line that a script can read: `N passed, N failed`. */
export default class ClosingLineReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    // Registered after Spec's own listener, so the line comes below its summary.
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      reporters.Base.consoleLog(`${passes} passed, ${failures} failed${skipped}`);
      // The last to register is the last to be called: behind what sees the sockets of the process off.
      if (LAST_LINE !== undefined) process.on('exit', () => writeSync(1, `${LAST_LINE}\n`));
    });
  }
}
