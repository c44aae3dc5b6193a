/** Milliseconds until something that is not heard counts as missed. */
const PATIENCE = 60_000;

/** What somebody has heard of one victim, in its order. */
export class Log {
  readonly heard: string[] = [];
  #waiting: (() => void) | undefined;

  constructor(private readonly of: string) {}

  add(what: string): void {
    this.heard.push(what);
    this.#waiting?.();
  }

  /** Resolves when it has heard of so many deaths. */
  async reaches(count: number): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#waiting?.();
    }, PATIENCE);
    while (this.heard.length < count && !late) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    clearTimeout(timer);
    if (this.heard.length >= count) return;
    const last = this.heard.slice(-3).join('; ');
    throw new Error(
      `${this.of}: ${count} deaths, and ${this.heard.length} heard of, last: ${last}`,
    );
  }
}
