import { reporters, type MochaOptions, type Runner } from 'mocha';

/** mocha's spec reporter, closed by one line that a script can read: `N passed, N failed`. */
export default class ClosingLineReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    // Registered after Spec's own listener, so the line comes below its summary.
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      reporters.Base.consoleLog(`${passes} passed, ${failures} failed${skipped}`);
    });
  }
}
