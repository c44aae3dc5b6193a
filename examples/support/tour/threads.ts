// The examples as threads of a process of their own: each scene has a process-wide context to itself,
// and ends with it.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watched } from './children.js';
import { type Name, type Options, Part, type Result, type Stage } from './part.js';
import type { Order, Word } from './host.js';

const HOST = fileURLToPath(new URL('./host.js', import.meta.url));

export class Threads implements Stage {
  readonly failure: Promise<never>;
  readonly #host: ChildProcess;
  readonly #end: Promise<void>;
  readonly #parts: Part<unknown>[] = [];
  #failed!: (reason: unknown) => void;

  /**
   * @param size how many programs can play at once; one more would wait for ever
   * @param watch hears what a program prints
   */
  constructor(
    size: number,
    private readonly watch: (name: Name, text: string) => void,
  ) {
    this.failure = new Promise((_resolve, reject) => (this.#failed = reject));
    this.failure.catch(() => {});
    // What the examples print comes as notices.
    this.#host = fork(HOST, [String(size)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#host.on('message', (word: Word) => this.#hear(word));
    this.#end = watched(this.#host).then((problem) => {
      if (problem !== undefined) throw new Error(`The process of the threads ${problem}`);
    });
    this.#end.catch((error: unknown) => this.#fail(error));
  }

  start<N extends Name>(name: N, options: Options<N>): Part<Result<N>> {
    const id = this.#parts.length;
    const part = new Part<Result<N>>(
      () => this.#order({ enter: id }),
      (text) => this.watch(name, text),
    );
    this.#parts.push(part as Part<unknown>);
    this.#order({ start: name, options });
    return part;
  }

  /** Terminates the context: threads that wait get ETERM, and close their sockets. */
  async end(): Promise<void> {
    this.#order({ end: true });
    await this.#end;
  }

  #order(order: Order): void {
    this.#host.send(order);
  }

  #hear(word: Word): void {
    if ('notice' in word) this.#parts[word.id]?.hear(word.notice);
    else this.#fail(new Error(word.failed));
  }

  #fail(error: unknown): void {
    for (const part of this.#parts) part.fail(error);
    this.#failed(error);
  }
}
