import { ZmqError } from '../runtime/base/errors.js';
import type { Thread } from '../runtime/thread/thread.js';

/** A call that waits for its turn. */
interface Operation<In, Out> {
  /** Its place among the calls of both directions. */
  readonly order: number;
  readonly input: In;
  readonly resolve: (value: Out) => void;
  readonly reject: (reason: unknown) => void;
  readonly release: () => void;
}

export interface WaitOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/**
 * Awaiting calls of one direction of a socket, first in, first out. Each keeps the event loop alive
 * until it ends: by its turn, its timeout, its signal, or the socket's end.
 */
export class PendingQueue<In, Out> {
  private static orders = 0;
  private readonly operations = new Set<Operation<In, Out>>();
  /** How many wait. A field, since every call of the socket looks at it. */
  size = 0;

  /**
   * @param abandoned called when a call has ended by its timeout or signal, with its order, and whether it
   * was its turn
   * @param counted called when the number of calls has changed; `turned` when it is another's turn
   */
  constructor(
    private readonly thread: Thread,
    private readonly abandoned: (order: number, turned: boolean) => void,
    private readonly counted?: (size: number, turned: boolean) => void,
  ) {}

  /** The call whose turn it is. */
  get first(): Operation<In, Out> | undefined {
    return this.operations.values().next().value;
  }

  /** @param timeout milliseconds, negative for ever */
  wait(input: In, timeout: number, signal?: AbortSignal): Promise<Out> {
    return new Promise<Out>((resolve, reject) => {
      const giveUp = (reason: unknown): void => {
        const turned = operation === this.first;
        this.finish(operation);
        reject(reason);
        this.abandoned(operation.order, turned);
      };
      const timer =
        timeout < 0 ? undefined : setTimeout(() => giveUp(new ZmqError('EAGAIN')), timeout);
      const onAbort = (): void => giveUp(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const order = PendingQueue.orders++;
      const operation: Operation<In, Out> = { order, input, resolve, reject, release };
      this.operations.add(operation);
      this.size++;
      this.counted?.(this.size, this.size === 1);
      this.thread.hold();
    });
  }

  /** Ends the first call with its result. */
  resolveFirst(value: Out): void {
    const { first } = this;
    if (first === undefined) return;
    this.finish(first);
    first.resolve(value);
  }

  rejectFirst(reason: unknown): void {
    const { first } = this;
    if (first === undefined) return;
    this.finish(first);
    first.reject(reason);
  }

  /** Ends every call that came after the one with `order`; all of them if it is left out. */
  rejectAfter(reason: () => unknown, order = -1): void {
    for (const operation of [...this.operations]) {
      if (operation.order <= order) continue;
      this.finish(operation);
      operation.reject(reason());
    }
  }

  private finish(operation: Operation<In, Out>): void {
    const turned = operation === this.first;
    if (!this.operations.delete(operation)) return;
    this.size--;
    this.counted?.(this.size, turned);
    operation.release();
    this.thread.unhold();
  }
}
