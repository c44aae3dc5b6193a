import { Fifo } from '../../runtime/base/fifo.js';
import { coreOf, type Context } from '../../runtime/context/context.js';

/** A name rests while so many others are given back: what was on its way to whoever had it has arrived by then. */
const RESTING = 64;

/**
 * Names within a context that are this thread's, whichever of its systems needs them. The context can know only so many
 * in its life, so those that nobody uses any more are used again.
 */
class ThreadNames {
  readonly #free = new Fifo<number>();
  #numbers = 0;

  take(): number {
    return this.#free.length > RESTING ? this.#free.shift()! : this.#numbers++;
  }

  giveBack(number: number): void {
    this.#free.push(number);
  }
}

const names = new WeakMap<Context, ThreadNames>();

/** An inproc endpoint that nobody else in the context has. */
export interface OwnEndpoint {
  readonly endpoint: string;
  /** It may be somebody else's now: nobody knows it any more who could connect to it. */
  readonly giveBack: () => void;
}

export function ownEndpoint(context: Context, kind: string): OwnEndpoint {
  let own = names.get(context);
  if (own === undefined) names.set(context, (own = new ThreadNames()));
  const number = own.take();
  return {
    endpoint: `inproc://loomwire.${kind}.${coreOf(context).thread.slot}.${number}`,
    giveBack: () => own.giveBack(number),
  };
}
