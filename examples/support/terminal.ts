// Where an example talks to whoever started it: a person at a terminal, or a program that wants to
// know what happens, for which every word is a notice.

import { createInterface } from 'node:readline';
import type { MessagePort } from 'node:worker_threads';

/** Notices of what is printed are as far apart, in milliseconds: each costs the work some time. */
const NOTICE_INTERVAL = 50;

export interface Terminal {
  /** Prints a line. */
  print(line: string): void;
  /** Prints without ending the line. */
  progress(mark: string): void;
  /** Waits until somebody presses Enter. */
  enter(prompt: string): Promise<void>;
  /** Everything is bound and connected; `endpoint` is where others can connect, if they can. */
  ready(endpoint: string | null): Promise<void>;
}

/** What a program tells the one that started it. */
export type Notice =
  | { readonly text: string }
  | { readonly ready: string }
  /** What the program's default export resolved to. */
  | { readonly result: unknown };

/** Standard output alone: a thread's, where nobody presses Enter, so that all must be ready before. */
export class Output implements Terminal {
  print(line: string): void {
    this.progress(`${line}\n`);
  }

  progress(mark: string): void {
    process.stdout.write(mark);
  }

  enter(_prompt: string): Promise<void> {
    return Promise.resolve();
  }

  ready(_endpoint: string | null): Promise<void> {
    return Promise.resolve();
  }

  /** Lets nothing wait that was printed. */
  flush(): void {
    // Here nothing waits.
  }
}

/** Standard input and output, for a person. */
export class Console extends Output {
  constructor(private readonly stop: AbortSignal) {
    super();
  }

  override enter(prompt: string): Promise<void> {
    this.print(prompt);
    return lineOfInput(this.stop);
  }
}

/** For a program: what is printed becomes notices. */
abstract class Notices extends Output {
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  protected abstract post(notice: Notice): void;

  override progress(mark: string): void {
    this.#text += mark;
    this.#timer ??= setTimeout(() => this.flush(), NOTICE_INTERVAL).unref();
  }

  override ready(endpoint: string | null): Promise<void> {
    this.tell({ ready: endpoint ?? '' });
    return Promise.resolve();
  }

  override flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text !== '') this.post({ text: this.#text });
    this.#text = '';
  }

  tell(notice: Notice): void {
    this.flush();
    this.post(notice);
  }
}

/** Standard input and output; each notice is a line of JSON. */
export class Lines extends Notices {
  /** @param settled resolves when those that the program connects to have answered */
  constructor(
    private readonly stop: AbortSignal,
    private readonly settled: () => Promise<void>,
  ) {
    super();
  }

  override enter(prompt: string): Promise<void> {
    this.print(prompt);
    return lineOfInput(this.stop);
  }

  override async ready(endpoint: string | null): Promise<void> {
    await this.settled();
    await super.ready(endpoint);
  }

  protected override post(notice: Notice): void {
    process.stdout.write(`${JSON.stringify(notice)}\n`);
  }
}

/** A port in a thread's options: any message that comes in is Enter. */
export class Port extends Notices {
  constructor(private readonly port: MessagePort) {
    super();
  }

  override enter(prompt: string): Promise<void> {
    this.print(prompt);
    return new Promise((resolve) => {
      this.port.once('message', () => resolve());
    });
  }

  protected override post(notice: Notice): void {
    this.port.postMessage(notice);
  }
}

function lineOfInput(stop: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin, signal: stop });
  return new Promise((resolve, reject) => {
    lines.once('line', () => {
      resolve();
      lines.close();
      // Open, a pipe would keep the process alive.
      process.stdin.destroy();
    });
    lines.once('close', () => reject(new Error('Standard input ended before Enter was pressed')));
  });
}
