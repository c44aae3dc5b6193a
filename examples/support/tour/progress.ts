/** Says what is being played: on a terminal a line that is rewritten, else a line for each scene. */
export class Progress {
  readonly #live = process.stdout.isTTY && process.env.TERM !== 'dumb';
  #silent = false;
  #title = '';
  #arrived = 0;

  begin(title: string): void {
    this.#title = title;
    this.#arrived = 0;
    this.#show();
  }

  /** So many more replies or results. */
  arrived(count: number): void {
    this.#arrived += count;
    this.#show();
  }

  end(verdict: string): void {
    if (this.#silent) return;
    this.#clear();
    process.stdout.write(`${this.#title}: ${verdict}\n`);
  }

  /** From now on nothing is worth saying. */
  silence(): void {
    if (!this.#silent) this.#clear();
    this.#silent = true;
  }

  #clear(): void {
    if (this.#live) process.stdout.write('\r\x1b[2K');
  }

  #show(): void {
    if (!this.#live || this.#silent) return;
    process.stdout.write(`\r\x1b[2K${this.#title} … ${this.#arrived}`);
  }
}
