import type { Row } from './row.js';

/** Says on standard error what is running, so that standard output carries the results alone. */
export class Progress {
  readonly #live = process.stderr.isTTY;
  readonly #rows: readonly Row[];
  readonly #pairs: number;

  constructor(rows: readonly Row[], pairs: number) {
    this.#rows = rows;
    this.#pairs = pairs;
  }

  /** A line of its own when a row begins; on a terminal it is rewritten with every run. */
  row(index: number): void {
    if (!this.#live) process.stderr.write(`${this.#title(index)}\n`);
  }

  run(index: number, pair: number, library: string): void {
    if (this.#live) this.#rewrite(`${this.#title(index)}  pair ${pair}/${this.#pairs}  ${library}`);
  }

  preparing(library: string): void {
    if (this.#live) this.#rewrite(`preparing ${library}`);
  }

  /** Leaves the terminal's line empty. */
  clear(): void {
    if (this.#live) this.#rewrite('');
  }

  #title(index: number): string {
    return `[${index + 1}/${this.#rows.length}] ${this.#rows[index]?.name ?? ''}`;
  }

  #rewrite(text: string): void {
    process.stderr.write(`\r\x1b[2K${text}`);
  }
}
