import { ZmqError } from '../runtime/base/errors.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import { CALL_RECEIVE } from '../runtime/thread/activity.js';
import type { Lease } from '../runtime/thread/leases.js';
import type { Thread } from '../runtime/thread/thread.js';
import { busyError, PendingQueue, type WaitOptions } from './pending.js';
import type { Direction } from './direction.js';
import { keeping } from './metadata.js';
import {
  intoBuffer,
  leases,
  PARTS,
  PRIVATE,
  type Form,
  type Reading,
  type ReceiveTarget,
} from './reading.js';
import { mustYield, nextTurn } from './turnstile.js';

/** What a socket's receiving half needs of the socket. */
export interface ReceivingSocket {
  readonly closed: boolean;
  /** Its number in its thread. */
  readonly id: number;
  readonly local: boolean;
  readonly receiveTimeout: number;
  checkOpen(): void;
  readonly keepsMetadata: boolean;
  xrecv(views?: boolean): Buffer[] | undefined;
  xrecvInto(room: Uint8Array): number;
  xmetadata(): PeerMetadata | undefined;
  xcheckOrder(direction: Direction): void;
  xplan(direction: Direction): void;
  xabandoned(order: number): void;
  progress(): void;
  reportAwaiting(direction: Direction, calls: number, turned: boolean): void;
}

/**
 * The receiving half of a socket: the same receive in its awaiting, blocking and immediate forms. A `P` is what
 * a message has besides its parts, if its type gives it something.
 */
export class Incoming<P = never> {
  private readonly pending: PendingQueue<Reading<unknown>, unknown>;
  private keeps = false;
  private copied: Reading<(Buffer | P)[]>;
  private leased: Reading<(Lease | P)[]>;

  constructor(
    private readonly socket: ReceivingSocket,
    private readonly thread: Thread,
    private form: Form<P> = PARTS,
    copied: Reading<(Buffer | P)[]> = form(PRIVATE),
  ) {
    this.copied = copied;
    this.leased = form(leases(thread.leases));
    if (socket.keepsMetadata) this.keepMetadata();
    const abandoned = (order: number): void => {
      socket.xabandoned(order);
      socket.progress();
    };
    const counted = (size: number, turned: boolean): void =>
      socket.reportAwaiting('receive', size, turned);
    this.pending = new PendingQueue(thread, abandoned, counted, () => socket.local);
  }

  /** What is received from now on is told `metadataOf`: by other readings, so that all others ask nothing. */
  keepMetadata(): void {
    if (this.keeps) return;
    this.keeps = true;
    const { form, socket } = this;
    const current = (): PeerMetadata | undefined => socket.xmetadata();
    this.copied = keeping(this.copied, current);
    this.leased = keeping(this.leased, current);
    this.form = (parts) => keeping(form(parts), current);
  }

  get waiting(): number {
    return this.pending.size;
  }

  receive(options?: WaitOptions): Promise<(Buffer | P)[]> {
    return this.awaiting(this.copied, options);
  }

  receiveSync(): (Buffer | P)[] {
    return this.blocking(this.copied);
  }

  tryReceive(): (Buffer | P)[] | undefined {
    return this.attempt(this.copied);
  }

  receiveLease(options?: WaitOptions): Promise<(Lease | P)[]> {
    return this.awaiting(this.leased, options);
  }

  receiveLeaseSync(): (Lease | P)[] {
    return this.blocking(this.leased);
  }

  tryReceiveLease(): (Lease | P)[] | undefined {
    return this.attempt(this.leased);
  }

  receiveInto(target: ReceiveTarget, options?: WaitOptions): Promise<(number | P)[]> {
    return this.awaiting(this.form(intoBuffer(target)), options);
  }

  receiveIntoSync(target: ReceiveTarget): (number | P)[] {
    return this.copiedInto(target) ?? this.blocking(this.form(intoBuffer(target)));
  }

  tryReceiveInto(target: ReceiveTarget): (number | P)[] | undefined {
    return this.copiedInto(target) ?? this.attempt(this.form(intoBuffer(target)));
  }

  /**
   * Messages until the socket is closed. By hand, not as an async generator: a message that is there
   * costs one promise, not three.
   */
  iterator(): AsyncIterableIterator<(Buffer | P)[]> {
    const { socket } = this;
    type Result = IteratorResult<(Buffer | P)[]>;
    const found = (value: (Buffer | P)[]): Result => ({ value, done: false });
    const failed = (error: unknown): Result => {
      if (socket.closed) return { value: undefined, done: true };
      throw error;
    };
    const next = (): Promise<Result> => {
      if (socket.closed) return Promise.resolve({ value: undefined, done: true });
      try {
        const { copied } = this;
        const message = this.atOnce(copied);
        return message === undefined
          ? this.wait(copied).then(found, failed)
          : inTurn(found(copied.take(message)));
      } catch (error) {
        return Promise.reject(error);
      }
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
        const message = this.socket.xrecv(next.input.views);
        if (message === undefined) return received;
        this.handOut(next.input, message);
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

  private awaiting<T>(reading: Reading<T>, options?: WaitOptions): Promise<T> {
    try {
      options?.signal?.throwIfAborted();
      const message = this.atOnce(reading);
      return message === undefined
        ? this.wait(reading, options?.signal)
        : inTurn(reading.take(message));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The message that an awaiting call need not wait for, if there is one. */
  private atOnce(reading: Reading<unknown>): Buffer[] | undefined {
    const { socket } = this;
    socket.checkOpen();
    socket.xplan('receive');
    return this.pending.size === 0 ? socket.xrecv(reading.views) : undefined;
  }

  private wait<T>(reading: Reading<T>, signal?: AbortSignal): Promise<T> {
    const { receiveTimeout } = this.socket;
    if (receiveTimeout === 0) throw new ZmqError('EAGAIN');
    return this.pending.wait(reading, receiveTimeout, signal) as Promise<T>;
  }

  private blocking<T>(reading: Reading<T>): T {
    const message = this.next(reading.views);
    return message === undefined ? this.block(reading) : reading.take(message);
  }

  private block<T>(reading: Reading<T>): T {
    const { socket } = this;
    // What is made of a message may be anything.
    let result: T | undefined;
    let failure: unknown;
    const done = (): boolean => {
      try {
        socket.checkOpen();
        const message = socket.xrecv(reading.views);
        if (message !== undefined) result = reading.take(message);
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
    return result as T;
  }

  private attempt<T>(reading: Reading<T>): T | undefined {
    const message = this.next(reading.views);
    return message && reading.take(message);
  }

  /** The next message, if there is one. */
  private next(views: boolean): Buffer[] | undefined {
    this.checkTurn();
    return this.socket.xrecv(views);
  }

  /** The shortest way of a message into memory of the caller's: no view of it is made, nor anything that could be kept. */
  private copiedInto(target: ReceiveTarget): number[] | undefined {
    // Whoever has a form of his own adds to a message, or keeps something of it.
    if (!(target instanceof Uint8Array) || (this.form as unknown) !== PARTS) return undefined;
    this.checkTurn();
    const length = this.socket.xrecvInto(target);
    return length < 0 ? undefined : [length];
  }

  /** May a call that does not await receive now? */
  private checkTurn(): void {
    this.socket.checkOpen();
    if (this.pending.size > 0) throw busyError('receives');
    this.socket.xcheckOrder('receive');
  }

  /** Ends the first call with a message, which is received whether or not it has room where it goes. */
  private handOut(reading: Reading<unknown>, message: Buffer[]): void {
    let result: unknown;
    try {
      result = reading.take(message);
    } catch (error) {
      this.pending.rejectFirst(error);
      return;
    }
    this.pending.resolveFirst(result);
  }
}

function inTurn<T>(result: T): Promise<T> {
  return mustYield() ? nextTurn().then(() => result) : Promise.resolve(result);
}
