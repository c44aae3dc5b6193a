import { ZmqError } from '../runtime/base/errors.js';
import type { Thread } from '../runtime/thread/thread.js';

export interface WaitOptions {
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** A call that waits for its turn, in a chain of those that do. */
class Operation<In, Out> {
  next: Operation<In, Out> | undefined = undefined;
  /** Takes back its timeout and its ear for the signal, if it has one of them. */
  release: (() => void) | undefined = undefined;

  constructor(
    /** Its place among the calls of both directions. */
    readonly order: number,
    readonly input: In,
    readonly resolve: (value: Out) => void,
    readonly reject: (reason: unknown) => void,
    /** May it be ended by a thread of this process without an I/O worker? */
    readonly local: boolean,
    /** The call before it. */
    public previous: Operation<In, Out> | undefined,
  ) {}
}

/**
 * Awaiting calls of one direction of a socket, first in, first out. Each keeps the event loop alive
 * until it ends: by its turn, its timeout, its signal, or the socket's end.
 */
export class PendingQueue<In, Out> {
  private static orders = 0;
  /** The call whose turn it is. */
  first: Operation<In, Out> | undefined = undefined;
  private last: Operation<In, Out> | undefined = undefined;
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
    /** May a call that begins to wait hope for a thread of this process? */
    private readonly local: () => boolean = () => false,
  ) {}

  /** @param timeout milliseconds, negative for ever */
  wait(input: In, timeout: number, signal?: AbortSignal): Promise<Out> {
    return new Promise<Out>((resolve, reject) => {
      const order = PendingQueue.orders++;
      const local = this.local();
      const operation = new Operation<In, Out>(order, input, resolve, reject, local, this.last);
      if (timeout >= 0 || signal !== undefined) this.limit(operation, timeout, signal);
      if (this.last === undefined) this.first = operation;
      else this.last.next = operation;
      this.last = operation;
      this.size++;
      this.counted?.(this.size, this.size === 1);
      this.thread.hold();
      if (local) this.thread.hope();
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
    for (let operation = this.first; operation !== undefined; operation = operation.next) {
      if (operation.order <= order) continue;
      this.finish(operation);
      operation.reject(reason());
    }
  }

  /** Has a call give up in time, or when its signal says so. */
  private limit(operation: Operation<In, Out>, timeout: number, signal?: AbortSignal): void {
    const giveUp = (reason: unknown): void => {
      const turned = operation === this.first;
      this.finish(operation);
      operation.reject(reason);
      this.abandoned(operation.order, turned);
    };
    const timer =
      timeout < 0 ? undefined : setTimeout(() => giveUp(new ZmqError('EAGAIN')), timeout);
    const onAbort = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    operation.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  /** Takes a call out of the chain; it still leads to the one behind it. */
  private finish(operation: Operation<In, Out>): void {
    const { previous, next } = operation;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    this.size--;
    this.counted?.(this.size, previous === undefined);
    operation.release?.();
    this.thread.unhold();
    if (operation.local) this.thread.unhope();
  }
}

/** What a call gets that does not wait while others do: it would overtake them. */
export function busyError(others: 'sends' | 'receives'): ZmqError {
  return new ZmqError('EBUSY', { message: `Awaiting ${others} wait, and come first` });
}
