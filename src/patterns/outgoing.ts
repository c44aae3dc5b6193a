import { ZmqError } from '../runtime/base/errors.js';
import { longestMessage } from '../runtime/base/limits.js';
import { toBodies, toBody, type Body, type MessageLike } from '../runtime/base/message.js';
import { isLonger } from '../runtime/ring/frame.js';
import { CALL_SEND } from '../runtime/thread/activity.js';
import { Lease } from '../runtime/thread/leases.js';
import type { Thread } from '../runtime/thread/thread.js';
import { busyError, PendingQueue, type WaitOptions } from './pending.js';
import type { Direction } from './direction.js';
import { IN_A_ROW, mustYield, nextTurn } from './turnstile.js';

/** What a socket's sending half needs of the socket. */
export interface SendingSocket {
  /** Its number in its thread. */
  readonly id: number;
  readonly local: boolean;
  readonly sendTimeout: number;
  /** Is `sendTimeout` other than 0? Every send asks, and an option's getter is slow. */
  readonly sendWaits: boolean;
  /** Is a message of several parts refused? */
  readonly sendsOnePart: boolean;
  checkOpen(): void;
  xsend(bodies: readonly Body[], waits: boolean): boolean;
  xabandon(): void;
  xcheckOrder(direction: Direction): void;
  xplan(direction: Direction): void;
  xabandoned(order: number): void;
  progress(): void;
  reportAwaiting(direction: Direction, calls: number, turned: boolean): void;
}

const SENT = Promise.resolve();

/** The sending half of a socket: the same send in its awaiting, blocking and immediate forms. */
export class Outgoing {
  /** The one part of a message that is sent at once; nobody keeps it, so it is used again. */
  private readonly single: Body[] = [''];
  private readonly pending: PendingQueue<readonly Body[], void>;
  /** What is longer goes in pieces, or not at all. */
  private readonly most: number;

  constructor(
    private readonly socket: SendingSocket,
    private readonly thread: Thread,
  ) {
    this.most = longestMessage(thread.arena.size);
    const abandoned = (order: number, turned: boolean): void => {
      if (turned) socket.xabandon();
      socket.xabandoned(order);
      socket.progress();
    };
    const counted = (size: number, turned: boolean): void =>
      socket.reportAwaiting('send', size, turned);
    this.pending = new PendingQueue(thread, abandoned, counted, () => socket.local);
  }

  get waiting(): number {
    return this.pending.size;
  }

  send(message: MessageLike | readonly MessageLike[], options?: WaitOptions): Promise<void> {
    if (this.thread.leases.count === 0) return this.sendBytes(message, options);
    return this.sendLeases(message, options);
  }

  private sendLeases(
    message: MessageLike | readonly MessageLike[],
    options?: WaitOptions,
  ): Promise<void> {
    let leases: Lease[];
    try {
      leases = beginAll(message);
    } catch (error) {
      return Promise.reject(error);
    }
    const sending = this.sendBytes(message, options);
    if (leases.length === 0) return sending;
    return sending.then(
      () => {
        for (const lease of leases) lease.sent();
      },
      (error: unknown) => {
        for (const lease of leases) lease.fail();
        throw error;
      },
    );
  }

  sendSync(message: MessageLike | readonly MessageLike[]): void {
    if (this.thread.leases.count === 0) this.sendBytesSync(message);
    else this.sendLeasesSync(message);
  }

  trySend(message: MessageLike | readonly MessageLike[]): boolean {
    if (this.thread.leases.count === 0) return this.trySendBytes(message);
    return this.trySendLeases(message);
  }

  /**
   * Sends messages of an array, IN_A_ROW at most, and publishes them together. Stops at one that has to wait, or fails:
   * sent by itself it may go in pieces, or says why not.
   * @param from number of the first of them
   * @returns number of the first that was not sent
   */
  sendReady(messages: readonly (MessageLike | readonly MessageLike[])[], from: number): number {
    const { batch, leases } = this.thread;
    // A lease goes back and forth between the message and its owner.
    if (leases.count > 0 || this.pending.size > 0) return from;
    const end = Math.min(messages.length, from + IN_A_ROW);
    let at = from;
    batch.begin();
    try {
      for (; at < end; at++) {
        const bodies = this.take(messages[at]!);
        if (bodies.length > 0 && !this.attempt(bodies, false)) break;
      }
      return at;
    } catch {
      return at;
    } finally {
      batch.end();
    }
  }

  /** Sends what waits, as far as it can. True if something was sent. */
  progress(): boolean {
    let sent = false;
    for (let next = this.pending.first; next !== undefined; next = this.pending.first) {
      try {
        if (!this.socket.xsend(next.input, true)) return sent;
        this.pending.resolveFirst();
      } catch (error) {
        this.pending.rejectFirst(error);
        this.socket.xabandon();
        this.socket.xabandoned(next.order);
      }
      sent = true;
    }
    return sent;
  }

  reject(reason: () => unknown, after?: number): void {
    const { first } = this.pending;
    if (first === undefined) return;
    if (after === undefined || first.order > after) this.socket.xabandon();
    this.pending.rejectAfter(reason, after);
  }

  private trySendLeases(message: MessageLike | readonly MessageLike[]): boolean {
    const leases = beginAll(message);
    let sent = false;
    try {
      sent = this.trySendBytes(message);
      return sent;
    } finally {
      endAll(leases, sent);
    }
  }

  private sendLeasesSync(message: MessageLike | readonly MessageLike[]): void {
    const leases = beginAll(message);
    let sent = false;
    try {
      this.sendBytesSync(message);
      sent = true;
    } finally {
      endAll(leases, sent);
    }
  }

  private sendBytes(
    message: MessageLike | readonly MessageLike[],
    options?: WaitOptions,
  ): Promise<void> {
    try {
      const { socket } = this;
      socket.checkOpen();
      options?.signal?.throwIfAborted();
      const bodies = this.take(message);
      if (bodies.length === 0) return SENT;
      socket.xplan('send');
      const long = socket.sendWaits && isLonger(bodies, this.most);
      // Whole: the caller may use its memory again before anything more of it could be sent.
      if (!long && this.pending.size === 0 && socket.xsend(bodies, false)) {
        return mustYield() ? nextTurn() : SENT;
      }
      if (!socket.sendWaits) throw new ZmqError('EAGAIN');
      const sent = this.pending.wait(this.keep(bodies), socket.sendTimeout, options?.signal);
      // In pieces it may go at once: nothing would tell it to begin.
      if (long || this.thread.shortage.exists) socket.progress();
      return sent;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private sendBytesSync(message: MessageLike | readonly MessageLike[]): void {
    const bodies = this.take(message);
    if (bodies.length === 0) return;
    const { socket } = this;
    if (this.attempt(bodies, true)) return;
    try {
      this.block(bodies);
    } catch (error) {
      socket.xabandon();
      throw error;
    }
  }

  /** Blocks until the message is sent. @throws ZmqError EAGAIN after `sendTimeout`; what the socket throws */
  private block(bodies: readonly Body[]): void {
    const { socket } = this;
    let failure: unknown;
    const done = (): boolean => {
      try {
        socket.checkOpen();
        return socket.xsend(bodies, true);
      } catch (error) {
        failure = error;
        return true;
      }
    };
    if (!this.thread.blockUntil(done, socket.sendTimeout, socket.local, CALL_SEND, socket.id)) {
      throw new ZmqError('EAGAIN');
    }
    if (failure !== undefined) throw failure as Error;
  }

  private trySendBytes(message: MessageLike | readonly MessageLike[]): boolean {
    const bodies = this.take(message);
    return bodies.length === 0 || this.attempt(bodies, false);
  }

  /** The bodies of a message that a caller has given. */
  protected take(message: MessageLike | readonly MessageLike[]): Body[] {
    if (Array.isArray(message) || message === undefined) return this.takeParts(message);
    this.single[0] = toBody(message as MessageLike);
    return this.single;
  }

  protected takeParts(message: MessageLike | readonly MessageLike[]): Body[] {
    const bodies = toBodies(message);
    if (bodies.length > 1 && this.socket.sendsOnePart) {
      throw new ZmqError('EINVAL', {
        message: 'A socket that conflates sends messages of exactly one part',
      });
    }
    return bodies;
  }

  private attempt(bodies: readonly Body[], waits: boolean): boolean {
    const { socket } = this;
    socket.checkOpen();
    if (this.pending.size > 0) throw busyError('sends');
    socket.xcheckOrder('send');
    try {
      return socket.xsend(bodies, waits && socket.sendWaits);
    } catch (error) {
      socket.xabandon();
      throw error;
    }
  }

  /** The caller may use its memory again as soon as the call returns, so what has to wait is copied, but for leases. */
  private keep(bodies: readonly Body[]): Body[] {
    const { bodies: owned } = this.thread;
    return bodies.map((body) =>
      typeof body === 'string' || owned.sendable(body) !== undefined ? body : Uint8Array.from(body),
    );
  }
}

/** The leases in a message, each of which now belongs to the call that sends it. */
function beginAll(message: MessageLike | readonly MessageLike[]): Lease[] {
  const parts: readonly unknown[] = Array.isArray(message) ? message : [message];
  const leases: Lease[] = [];
  try {
    for (const part of parts) {
      if (!(part instanceof Lease)) continue;
      part.begin();
      leases.push(part);
    }
  } catch (error) {
    for (const lease of leases) lease.fail();
    throw error;
  }
  return leases;
}

/** They are the message's if it was sent, and the caller's again if not. */
function endAll(leases: readonly Lease[], sent: boolean): void {
  for (const lease of leases) {
    if (sent) lease.sent();
    else lease.fail();
  }
}
