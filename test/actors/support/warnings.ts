/** The process's warnings of a code, from now on. */
export class Warnings {
  readonly heard: Error[] = [];
  #changed: (() => void) | undefined;

  constructor(private readonly code: string) {
    process.on('warning', this.#hear);
  }

  /** Resolves to the first, when it is there. */
  async first(): Promise<Error> {
    while (this.heard.length === 0) await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.heard[0]!;
  }

  close(): void {
    process.off('warning', this.#hear);
  }

  readonly #hear = (warning: Error & { code?: string }): void => {
    if (warning.code !== this.code) return;
    this.heard.push(warning);
    this.#changed?.();
  };
}
