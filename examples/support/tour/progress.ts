/** Says what is being played: on a terminal a line that is rewritten, else a line for each scene. */
export class Progress {
  readonly #live = process.stdout.isTTY && process.env.TERM !== 'dumb';
  #scene = 0;
  #title = '';
  #arrived = 0;
  #shownAt = 0;

  /** @param scenes how many there will be */
  constructor(private readonly scenes: number) {}

  begin(title: string): void {
    this.#title = `[${++this.#scene}/${this.scenes}] ${title}`;
    this.#arrived = 0;
    this.#show(true);
  }

  /** One more reply or result. */
  arrived(): void {
    this.#arrived++;
    this.#show(false);
  }

  end(verdict: string): void {
    this.clear();
    process.stdout.write(`${this.#title}: ${verdict}\n`);
  }

  /** Leaves the terminal's line empty. */
  clear(): void {
    if (this.#live) process.stdout.write('\r\x1b[2K');
  }

  #show(always: boolean): void {
    // The eye needs no more than some 20 pictures a second.
    const now = performance.now();
    if (!this.#live || (!always && now - this.#shownAt < 50)) return;
    this.#shownAt = now;
    process.stdout.write(`\r\x1b[2K${this.#title} … ${this.#arrived}`);
  }
}
