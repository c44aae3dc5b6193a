// A program that plays in the tour, wherever it runs.

import type hwclient from '../../hwclient.js';
import type hwserver from '../../hwserver.js';
import type tasksink from '../../tasksink.js';
import type taskvent from '../../taskvent.js';
import type taskwork from '../../taskwork.js';
import type wuclient from '../../wuclient.js';
import type wuserver from '../../wuserver.js';
import type { Notice } from '../terminal.js';

interface Programs {
  readonly hwserver: typeof hwserver;
  readonly hwclient: typeof hwclient;
  readonly wuserver: typeof wuserver;
  readonly wuclient: typeof wuclient;
  readonly taskvent: typeof taskvent;
  readonly taskwork: typeof taskwork;
  readonly tasksink: typeof tasksink;
}

export type Name = keyof Programs;
export type Options<N extends Name> = Omit<NonNullable<Parameters<Programs[N]>[0]>, 'port'>;
export type Result<N extends Name> = Awaited<ReturnType<Programs[N]>>;

/** Where programs play: in threads, or in processes. */
export interface Stage {
  /** Rejects when a program fails; never resolves. */
  readonly failure: Promise<never>;
  start<N extends Name>(name: N, options: Options<N>): Part<Result<N>>;
  /** Ends the endless programs in order. Rejects if one does not end well. */
  end(): Promise<void>;
}

export class Part<Value> {
  /** Its endpoint, once it is bound and connected. */
  readonly ready: Promise<string>;
  /** What it reports at its end. */
  readonly result: Promise<Value>;
  #ended = false;
  #readyAt!: (endpoint: string) => void;
  #finished!: (value: Value) => void;
  #failed!: (reason: unknown) => void;

  /**
   * @param enter presses Enter for it
   * @param watch hears everything it prints
   */
  constructor(
    readonly enter: () => void,
    private readonly watch: (text: string) => void,
  ) {
    const broken = new Promise<never>((_resolve, reject) => (this.#failed = reject));
    const ready = new Promise<string>((resolve) => (this.#readyAt = resolve));
    const finished = new Promise<Value>((resolve) => (this.#finished = resolve));
    this.ready = Promise.race([ready, broken]);
    this.result = Promise.race([finished, broken]);
    // Failures are also heard of through the stage.
    this.ready.catch(() => {});
    this.result.catch(() => {});
  }

  /** Has it reported its result? Then it ends by itself. */
  get ended(): boolean {
    return this.#ended;
  }

  hear(notice: Notice): void {
    if ('text' in notice) this.watch(notice.text);
    else if ('ready' in notice) this.#readyAt(notice.ready);
    else {
      this.#ended = true;
      this.#finished(notice.result as Value);
    }
  }

  fail(reason: unknown): void {
    this.#failed(reason);
  }
}
