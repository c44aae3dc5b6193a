import { BroadcastChannel } from 'node:worker_threads';

let channels = 0;

/** Tasks `wait` and `spin` of test/actors/pools/tasks, as those see them who have begun them. */
export class Line {
  readonly #line: BroadcastChannel;
  #begun = 0;
  #wake: (() => void) | undefined;

  /** @param channel what they were told; default: a new one */
  constructor(readonly channel = `loomwire test ${++channels}`) {
    this.#line = new BroadcastChannel(channel);
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
