import { setMaxListeners } from 'node:events';
import { ActorError } from '../../runtime/actor/errors.js';
import { describeReason, type Reason } from '../../runtime/actor/reason.js';
import { Pair, type PairOptions } from '../pair.js';
import type { WaitOptions } from '../pending.js';

/**
 * The other end of a task's pipe. When the task has ended, what it has sent can still be received; calls that
 * would wait for more, or for room, then throw ActorError ERR_ACTOR_DIED rather than wait for ever, and an
 * iteration ends. It closes itself when there is nothing left in it.
 */
export class HandlePipe extends Pair {
  readonly #name: string;
  readonly #end = new AbortController();
  readonly #unbound: () => void;

  /**
   * @internal
   * @param unbound called when it is closed
   */
  constructor(name: string, unbound: () => void, options: PairOptions) {
    super(options);
    this.#name = name;
    this.#unbound = unbound;
    // As many calls may wait as there are.
    setMaxListeners(0, this.#end.signal);
  }

  /** @internal The task has ended. */
  over(reason: Reason): void {
    const message = `${this.#name} has ended: ${describeReason(reason)}`;
    const cause = 'error' in reason ? reason.error : undefined;
    const error = new ActorError('ERR_ACTOR_DIED', { message, cause });
    // Whoever waits gets what has come. That is looked at first.
    const more = !this.closed && this.readable;
    this.#end.abort(error);
    this.incoming?.reject(() => error);
    if (!this.closed && !more) this.close();
  }

  override close(linger?: number): void {
    if (this.closed) return;
    super.close(linger);
    this.#unbound();
  }

  override async send(...args: Parameters<Pair['send']>): Promise<void> {
    this.#check();
    const [message, options] = args;
    await super.send(message, { ...options, signal: this.#until(options) });
  }

  override sendSync(...args: Parameters<Pair['sendSync']>): void {
    this.#check();
    super.sendSync(...args);
  }

  override async receive(options?: WaitOptions): Promise<Buffer[]> {
    const left = this.#left();
    if (left !== undefined) return left;
    try {
      // Those that wait are ended by `over`, and need no ear for it each.
      return await super.receive(options);
    } catch (error) {
      // Its end may be known before its last message is.
      const last = this.#end.signal.aborted && error === this.#end.signal.reason && this.#left();
      if (last !== undefined && last !== false) return last;
      throw error;
    }
  }

  override receiveSync(): Buffer[] {
    return this.#left() ?? super.receiveSync();
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<Buffer[], void, undefined> {
    for (;;) {
      let message: Buffer[];
      try {
        message = await this.receive();
      } catch (error) {
        if (this.closed || error === this.#end.signal.reason) return;
        throw error;
      }
      yield message;
    }
  }

  /** What is there once the task has ended; undefined while it has not. @throws ActorError at the end */
  #left(): Buffer[] | undefined {
    if (!this.#end.signal.aborted) return undefined;
    const message = this.closed ? undefined : this.tryReceive();
    if (message !== undefined) return message;
    if (!this.closed) this.close();
    throw this.#end.signal.reason;
  }

  #check(): void {
    if (this.#end.signal.aborted) throw this.#end.signal.reason;
  }

  #until(options: WaitOptions | undefined): AbortSignal {
    const { signal } = this.#end;
    return options?.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
  }
}
