import type { Line } from '../../runtime/actor/host.js';
import { Pair, type PairOptions } from '../pair.js';

/** A task's end of its pipe: a PAIR whose peer is whoever has started the task. */
export class TaskPipe extends Pair {
  readonly #line: Pick<Line, 'ready'>;

  /** @internal */
  constructor(line: Pick<Line, 'ready'>, options: PairOptions) {
    super(options);
    this.#line = line;
  }

  /** The task is ready: `spawn` resolves. */
  signal(): void {
    this.#line.ready();
  }
}
