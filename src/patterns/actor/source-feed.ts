/** What takes the items of a source. */
export interface FeedEvents {
  /** Is there room for one more? */
  hasRoom(): boolean;
  accept(value: unknown): void;
  sourceEnded(): void;
  sourceFailed(error: unknown): void;
}

/** Takes items from an iterable while there is room. One that was asked for by then is taken all the same. */
export class SourceFeed {
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #events: FeedEvents;
  #asking = false;
  #over = false;

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, events: FeedEvents) {
    this.#source =
      Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#events = events;
  }

  /** Goes on, if there is room again. */
  fill(): void {
    while (!this.#asking && !this.#over && this.#events.hasRoom()) {
      this.#asking = true;
      try {
        const answer = this.#source.next();
        if ('then' in answer) this.#await(answer);
        else this.#take(answer);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  /** Nobody takes anything any more. Resolves when the source has been told. */
  async end(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const returned = Promise.resolve(this.#source.return?.());
    // One that is asked may never answer, and hears of the end only then.
    if (this.#asking) returned.catch(() => undefined);
    else await returned;
  }

  #await(answer: PromiseLike<IteratorResult<unknown>>): void {
    answer.then(
      (result) => {
        this.#take(result);
        this.fill();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #take({ done, value }: IteratorResult<unknown, unknown>): void {
    this.#asking = false;
    if (this.#over) return;
    if (done === true) {
      this.#over = true;
      this.#events.sourceEnded();
    } else {
      this.#events.accept(value);
    }
  }

  #fail(error: unknown): void {
    this.#asking = false;
    if (this.#over) return;
    this.#over = true;
    this.#events.sourceFailed(error);
  }
}
