import { BroadcastChannel } from 'node:worker_threads';

let channels = 0;

/** Tasks `wait` and `spin` of test/actors/pools/tasks, as those see them who have begun them. */
export class Line {
  readonly channel = `loomwire test ${++channels}`;
  readonly #line = new BroadcastChannel(this.channel);
  #begun = 0;
  #wake: (() => void) | undefined;

  constructor() {
    this.#line.onmessage = () => {
      this.#begun++;
      this.#wake?.();
    };
  }

  /** Resolves when so many have begun in all. */
  async begun(count = 1): Promise<void> {
    while (this.#begun < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Those that have begun go on. */
  goOn(): void {
    this.#line.postMessage('go on');
  }

  close(): void {
    this.#line.close();
  }
}
