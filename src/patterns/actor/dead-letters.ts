/**
 * Why a message was not handled, or an answer not heard. A request that is not handled is answered with an error, and is
 * no dead letter.
 */
export type DeadLetterReason =
  /** There was no room for it, and its sender did not want to wait. */
  | 'hwm'
  /** An answer's receiver has gone. */
  | 'no-route'
  /** The actor was stopped before it got to it: it came when the others had been handled. */
  | 'stopped'
  /** The actor died, was killed or was given up, while it handled it or before it got to it. */
  | 'died'
  /** It could not be decoded, or there is no such message. */
  | 'decode'
  /** The answer came when nobody waited any more. */
  | 'timeout';

export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** The actor, or its endpoint. */
  readonly to: string;
  /** The message's name. */
  readonly message: string;
}

type Listener = (letter: DeadLetter) => void;

/** Messages that nobody has handled. */
export class DeadLetters {
  readonly #listeners = new Set<Listener>();
  readonly #counts: Record<DeadLetterReason, number> = {
    hwm: 0,
    'no-route': 0,
    stopped: 0,
    died: 0,
    decode: 0,
    timeout: 0,
  };

  /** How many there have been. */
  get count(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** How many there have been, for each reason. */
  get counts(): Readonly<Record<DeadLetterReason, number>> {
    return { ...this.#counts };
  }

  /** Calls `listener` with each from now on. What it answers with takes it back. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @internal */
  add(letter: DeadLetter): void {
    this.#counts[letter.reason]++;
    for (const listener of [...this.#listeners]) listener(letter);
  }
}
