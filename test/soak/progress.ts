/** On a terminal one line is rewritten this often; elsewhere a line for each tenth is enough. */
const REWRITE_MILLISECONDS = 100;

/**
 * Milliseconds without any progress after which a soak counts as hung. Every step of every soak takes
 * less than a second, on the slowest machine perhaps ten.
 */
const STALLED_MILLISECONDS = 120_000;

/**
 * Shows on standard error how far a soak is, and notices when it goes no further: something waits for
 * what never comes, which is what soaks look for.
 */
export class Progress {
  /** Rejects when the soak hangs; never resolves. */
  readonly stalled: Promise<never>;
  private readonly live = process.stderr.isTTY;
  private readonly timer: NodeJS.Timeout;
  private what = '';
  private shown = '';
  private tenth = 0;
  private rewritten = 0;

  constructor(private readonly name: string) {
    let stall!: (reason: Error) => void;
    this.stalled = new Promise((_resolve, reject) => (stall = reject));
    this.timer = setTimeout(
      () =>
        stall(new Error(`hangs: no progress for ${STALLED_MILLISECONDS / 1000} s ${this.shown}`)),
      STALLED_MILLISECONDS,
    );
  }

  advance(done: number, of: number, what: string, detail = ''): void {
    this.timer.refresh();
    const tenth = Math.floor((10 * done) / of);
    const changed = tenth !== this.tenth || what !== this.what;
    this.shown = `${what} ${done} of ${of} ${detail}`.trimEnd();
    this.tenth = tenth;
    this.what = what;
    if (this.live) this.rewrite(changed);
    else if (changed) process.stderr.write(`${this.name}: ${this.shown}\n`);
  }

  /** Leaves the terminal's line empty. */
  end(): void {
    clearTimeout(this.timer);
    if (this.live) process.stderr.write('\r\x1b[2K');
  }

  private rewrite(now: boolean): void {
    if (!now && Date.now() - this.rewritten < REWRITE_MILLISECONDS) return;
    this.rewritten = Date.now();
    process.stderr.write(`\r\x1b[2K${this.name}: ${this.shown}`);
  }
}
