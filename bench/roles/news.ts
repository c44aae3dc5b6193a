// What publishers publish. bench/peers/libzmq/news.h makes the same updates from the same numbers.

/** Updates without end, and who wants which. */
export interface News {
  /** What its subscriber subscribes to. */
  topics(): Iterable<string>;
  next(): string | Buffer;
  /** How many so far were such as the subscriber wants. */
  readonly wanted: number;
}

/** Numbers that come only once in 2^32: a linear congruence. */
class Numbers {
  #last = 1;

  next(): number {
    this.#last = (Math.imul(this.#last, 1664525) + 1013904223) >>> 0;
    return this.#last;
  }
}

const ZIP = 10001;

/** The weather of all zip codes, of which one is wanted; each update is written when it is published. */
export class Weather implements News {
  readonly #numbers = new Numbers();
  wanted = 0;

  topics(): string[] {
    return [String(ZIP)];
  }

  next(): string {
    const number = this.#numbers.next();
    const zip = ((number >>> 8) % 99999) + 1;
    const temperature = (number >>> 16) % 215;
    const humidity = (number >>> 24) % 50;
    if (zip === ZIP) this.wanted++;
    return `${zip} ${temperature - 80} ${humidity + 10}`;
  }
}

const UPDATES = 2 ** 16;

/** One in so many begins with a topic; of all others the last byte differs. */
const WANTED_EVERY = 1024;

/** Updates that were written beforehand, about many topics: what is left is to find out who wants them. */
export class ManyTopics implements News {
  readonly #updates: readonly Buffer[];
  readonly #topics: readonly string[];
  #at = 0;
  wanted = 0;

  constructor(topics: number) {
    const numbers = new Numbers();
    this.#topics = Array.from({ length: topics }, () => String(numbers.next()).padStart(10, '0'));
    this.#updates = Array.from({ length: UPDATES }, (_, n) => {
      const topic = this.#topics[Math.floor((n * topics) / UPDATES)]!;
      return Buffer.from(n % WANTED_EVERY === 0 ? `${topic}!` : `${topic.slice(0, -1)}x!`);
    });
  }

  topics(): readonly string[] {
    return this.#topics;
  }

  next(): Buffer {
    const at = this.#at;
    this.#at = (at + 1) % UPDATES;
    if (at % WANTED_EVERY === 0) this.wanted++;
    return this.#updates[at]!;
  }
}
