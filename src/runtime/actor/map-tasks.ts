import { setMaxListeners } from 'node:events';
import type { MapOptions } from './pool-types.js';

/** A task that was handed to a pool. */
export interface Submitted {
  readonly result: Promise<unknown>;
  /** Takes it back, unless a thread has it already. */
  readonly forget: () => void;
}

/** Hands a pool a task. */
export type Submit = (argument: unknown, signal: AbortSignal | undefined) => Submitted;

type Settled = { readonly value: unknown } | { readonly error: unknown };

/** An item whose result nobody has had yet. */
interface Item {
  readonly task: Submitted;
  settled: Settled | undefined;
}

/**
 * `Pool.map`: takes from a source while there is room, hands each item to `submit`, and gives the results. It
 * takes the next item when a result is asked for, and from an asynchronous source as its items come.
 */
export async function* mapTasks(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  submit: Submit,
  inFlight: number,
  options: MapOptions,
): AsyncGenerator<unknown, void, void> {
  const mapping = new Mapping(open(items), submit, inFlight, options);
  try {
    for (;;) {
      mapping.fill();
      const settled = await mapping.next();
      if (settled === undefined) return;
      if ('error' in settled) throw settled.error;
      yield settled.value;
    }
  } finally {
    await mapping.end();
  }
}

/** @throws TypeError for what is no source of items; a text is taken for one thing */
export function checkItems(items: unknown): void {
  const iterable =
    typeof items === 'object' &&
    items !== null &&
    (Symbol.iterator in items || Symbol.asyncIterator in items);
  if (!iterable) throw new TypeError('Items must be an iterable or async iterable');
}

type Source = Iterator<unknown> | AsyncIterator<unknown>;

function open(items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

class Mapping {
  readonly #source: Source;
  readonly #submit: Submit;
  readonly #inFlight: number;
  readonly #ordered: boolean;
  readonly #signal: AbortSignal | undefined;
  /** What the tasks hear of the signal by: many ears on the caller's own would have Node warn of a leak. */
  readonly #tasks = new AbortController();
  /** In the order of the source, or, if that does not matter, of the results. */
  readonly #items = new Set<Item>();
  readonly #done: Item[] = [];
  /** The source is asked, and has not answered yet. */
  #asking = false;
  #sourceEnded = false;
  #failure: { readonly error: unknown } | undefined;
  /** Whoever waits for a result. */
  #wake: (() => void) | undefined;
  readonly #abort = (): void => {
    this.#fail(this.#signal!.reason);
    this.#tasks.abort(this.#signal!.reason);
  };

  constructor(source: Source, submit: Submit, inFlight: number, options: MapOptions) {
    this.#source = source;
    this.#submit = submit;
    this.#inFlight = inFlight;
    this.#ordered = options.ordered ?? true;
    this.#signal = options.signal;
    setMaxListeners(0, this.#tasks.signal);
    if (this.#signal?.aborted === true) this.#abort();
    else this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Takes from the source while there is room, and while it answers at once. */
  fill(): void {
    while (!this.#asking && !this.#sourceEnded && this.#items.size < this.#inFlight) {
      if (this.#failure !== undefined) return;
      try {
        const answer = this.#source.next();
        if (answer instanceof Promise || isThenable(answer)) this.#await(answer);
        else this.#take(answer);
      } catch (error) {
        this.#sourceFailed(error);
      }
    }
  }

  /** The next result; undefined after the last. */
  async next(): Promise<Settled | undefined> {
    for (;;) {
      if (this.#failure !== undefined) return this.#failure;
      const item = this.#ordered ? first(this.#items) : this.#done.shift();
      if (item?.settled !== undefined) {
        this.#items.delete(item);
        return item.settled;
      }
      if (this.#items.size === 0 && this.#sourceEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Nobody wants more: the source is told so, and what waits for a thread is forgotten. */
  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    for (const { task } of this.#items) task.forget();
    this.#items.clear();
    if (this.#sourceEnded) return;
    this.#sourceEnded = true;
    const returned = Promise.resolve(this.#source.return?.());
    // A source that has been asked may never answer, nor hear of the end before it has.
    if (this.#asking) returned.catch(() => undefined);
    else await returned;
  }

  #await(answer: PromiseLike<IteratorResult<unknown>>): void {
    this.#asking = true;
    answer.then(
      (result) => {
        this.#asking = false;
        if (this.#sourceEnded) return;
        this.#take(result);
        this.fill();
      },
      (error: unknown) => {
        this.#asking = false;
        this.#sourceFailed(error);
      },
    );
  }

  #take({ done, value }: IteratorResult<unknown, unknown>): void {
    if (done === true) {
      this.#sourceEnded = true;
      this.#stir();
      return;
    }
    const item: Item = {
      task: this.#submit(value, this.#signal && this.#tasks.signal),
      settled: undefined,
    };
    this.#items.add(item);
    item.task.result.then(
      (result) => this.#settle(item, { value: result }),
      (error: unknown) => this.#settle(item, { error }),
    );
  }

  #settle(item: Item, settled: Settled): void {
    item.settled = settled;
    // Whatever the order, there is nothing to wait for any more.
    if ('error' in settled) this.#fail(settled.error);
    if (!this.#ordered) this.#done.push(item);
    this.#stir();
  }

  #sourceFailed(error: unknown): void {
    // It has ended by this, and is not to be told.
    this.#sourceEnded = true;
    this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stir();
  }

  #stir(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const one of set) return one;
  return undefined;
}

function isThenable(value: unknown): value is PromiseLike<IteratorResult<unknown>> {
  return typeof (value as { then?: unknown }).then === 'function';
}
