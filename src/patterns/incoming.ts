import { ZmqError } from '../runtime/base/errors.js';
import { CALL_RECEIVE } from '../runtime/thread/activity.js';
import type { Thread } from '../runtime/thread/thread.js';
import { PendingQueue, type WaitOptions } from './pending.js';
import type { Direction } from './direction.js';
import { mustYield, nextTurn } from './turnstile.js';

/** What a socket's receiving half needs of the socket. */
export interface ReceivingSocket {
  readonly closed: boolean;
  /** Its number in its thread. */
  readonly id: number;
  readonly local: boolean;
  readonly receiveTimeout: number;
  checkOpen(): void;
  xrecv(): Buffer[] | undefined;
  xcheckOrder(direction: Direction): void;
  xplan(direction: Direction): void;
  xabandoned(order: number): void;
  progress(): void;
  reportAwaiting(direction: Direction, calls: number, turned: boolean): void;
}

/** The receiving half of a socket: the same receive in its awaiting, blocking and immediate forms. */
export class Incoming {
  private readonly pending: PendingQueue<undefined, Buffer[]>;

  constructor(
    private readonly socket: ReceivingSocket,
    private readonly thread: Thread,
  ) {
    const abandoned = (order: number): void => {
      socket.xabandoned(order);
      socket.progress();
    };
    const counted = (size: number, turned: boolean): void =>
      socket.reportAwaiting('receive', size, turned);
    this.pending = new PendingQueue(thread, abandoned, counted);
  }

  get waiting(): number {
    return this.pending.size;
  }

  receive(options?: WaitOptions): Promise<Buffer[]> {
    try {
      options?.signal?.throwIfAborted();
      const { socket } = this;
      socket.checkOpen();
      socket.xplan('receive');
      const message = this.pending.size === 0 ? socket.xrecv() : undefined;
      if (message === undefined) {
        if (socket.receiveTimeout === 0) {
          socket.xabandoned(Infinity);
          throw new ZmqError('EAGAIN');
        }
        return this.pending.wait(undefined, socket.receiveTimeout, options?.signal);
      }
      return mustYield() ? nextTurn().then(() => message) : Promise.resolve(message);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receiveSync(): Buffer[] {
    const { socket } = this;
    let message = this.tryReceive();
    if (message !== undefined) return message;
    let failure: unknown;
    const done = (): boolean => {
      try {
        socket.checkOpen();
        message = socket.xrecv();
        return message !== undefined;
      } catch (error) {
        failure = error;
        return true;
      }
    };
    const { receiveTimeout, local, id } = socket;
    if (!this.thread.blockUntil(done, receiveTimeout, local, CALL_RECEIVE, id)) {
      throw new ZmqError('EAGAIN');
    }
    if (failure !== undefined) throw failure as Error;
    return message!;
  }

  tryReceive(): Buffer[] | undefined {
    const { socket } = this;
    socket.checkOpen();
    if (this.pending.size > 0) throw new ZmqError('EBUSY');
    socket.xcheckOrder('receive');
    return socket.xrecv();
  }

  /**
   * Messages until the socket is closed. By hand, not as an async generator: a message that is there
   * costs one promise, not three.
   */
  iterator(): AsyncIterableIterator<Buffer[]> {
    const failed = (error: unknown): IteratorResult<Buffer[]> => {
      if (this.socket.closed) return { value: undefined, done: true };
      throw error;
    };
    const next = (): Promise<IteratorResult<Buffer[]>> => {
      if (this.socket.closed) return Promise.resolve({ value: undefined, done: true });
      return this.receive().then((value) => ({ value, done: false }), failed);
    };
    return {
      next,
      return: () => Promise.resolve({ value: undefined, done: true }),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Hands out what has come, as far as it goes. True if something was handed out. */
  progress(): boolean {
    let received = false;
    for (let next = this.pending.first; next !== undefined; next = this.pending.first) {
      try {
        const message = this.socket.xrecv();
        if (message === undefined) return received;
        this.pending.resolveFirst(message);
      } catch (error) {
        this.pending.rejectFirst(error);
        this.socket.xabandoned(next.order);
      }
      received = true;
    }
    return received;
  }

  reject(reason: () => unknown, after?: number): void {
    this.pending.rejectAfter(reason, after);
  }
}
