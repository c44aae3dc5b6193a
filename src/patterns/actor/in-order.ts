/** Gives items on in the order of their numbers, which begin at 0 and have no gaps but those that are told. */
export class InOrder<T> {
  #next = 0;
  /** Undefined for a number that nothing comes for. */
  readonly #waiting = new Map<number, T | undefined>();

  constructor(private readonly release: (item: T) => void) {}

  get waiting(): number {
    return this.#waiting.size;
  }

  put(number: number, item: T): void {
    if (number !== this.#next) {
      this.#waiting.set(number, item);
      return;
    }
    this.#next++;
    this.release(item);
    this.#catchUp();
  }

  /** Nothing comes for this number. */
  skip(number: number): void {
    this.#waiting.set(number, undefined);
    this.#catchUp();
  }

  #catchUp(): void {
    while (this.#waiting.has(this.#next)) {
      const item = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next++);
      if (item !== undefined) this.release(item);
    }
  }
}
