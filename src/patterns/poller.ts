import { ZmqError } from '../runtime/base/errors.js';
import { coreOf } from '../runtime/context/context.js';
import { CALL_POLL } from '../runtime/thread/activity.js';
import type { Thread } from '../runtime/thread/thread.js';
import type { WaitOptions } from './pending.js';
import { PollWaits } from './poll-waits.js';
import { Socket } from './socket.js';
import { mustYield, nextTurn } from './turnstile.js';
import type { Watcher } from './watcher.js';

/** What is asked of a socket. What is left out is not asked. */
export interface PollInterest {
  readonly readable?: boolean;
  readonly writable?: boolean;
}

/** A socket that is ready. What was not asked of it is false. */
export interface PollEvent<S extends Socket = Socket> {
  readonly socket: S;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface PollOptions {
  /** Milliseconds to wait at most, -1 for ever, 0 not at all. Default -1. */
  readonly timeout?: number;
}

const TIMEOUT_MAX = 2 ** 31 - 1;

/**
 * Waits for any of several sockets to become ready. Level-triggered: a socket is reported for as long as
 * it is ready, together with all others that are, in the order in which they were added.
 *
 * The sockets are of one thread and one context. Awaiting calls come first: a message that one of them
 * waits for is never reported.
 *
 * @example
 * ```ts
 * import { Poller, Pull, Push } from 'loomwire';
 *
 * const pulls = [new Pull(), new Pull()];
 * const push = new Push();
 * for (const [number, pull] of pulls.entries()) await pull.bind(`inproc://number ${number}`);
 * push.connect('inproc://number 1');
 * const poller = new Poller<Pull>();
 * for (const pull of pulls) poller.add(pull);
 * await push.send('to the second');
 * for (const { socket } of await poller.wait({ timeout: 1000 })) {
 *   console.log(socket === pulls[1], String(socket.tryReceive())); // true to the second
 * }
 * for (const socket of [...pulls, push]) socket.close();
 * ```
 */
export class Poller<S extends Socket = Socket> implements Watcher {
  readonly #interests = new Map<S, PollInterest>();
  readonly #waits = new PollWaits<PollEvent<S>>(() => this.tryWait());
  #lookScheduled = false;

  /** Sockets in the poller. */
  get size(): number {
    return this.#interests.size;
  }

  /**
   * @param interest default: readable
   * @throws ZmqError EINVAL if the socket is in the poller already, or of another context than the
   * others; ENOTSOCK if it is closed, ETERM if its context was shut down, EBUSY while a proxy has it
   */
  add(socket: S, interest: PollInterest = { readable: true }): void {
    if (!((socket as unknown) instanceof Socket)) throw new TypeError('Not a socket');
    const wanted = checkInterest(interest);
    socket.checkPolled();
    if (this.#interests.has(socket)) {
      throw new ZmqError('EINVAL', { message: 'The socket is in the poller already' });
    }
    // A thread has one doorbell in each context, and can block on one only.
    if (this.#thread !== undefined && this.#thread !== threadOf(socket)) {
      throw new ZmqError('EINVAL', { message: 'All sockets of a poller must be of one context' });
    }
    this.#interests.set(socket, wanted);
    if (this.#waits.size > 0) socket.watch(this);
    this.noticed();
  }

  /** @throws ZmqError EINVAL if the socket is not in the poller */
  modify(socket: S, interest: PollInterest): void {
    const wanted = checkInterest(interest);
    this.#checkMember(socket);
    this.#interests.set(socket, wanted);
    this.noticed();
  }

  /** Works for closed sockets too. @throws ZmqError EINVAL if the socket is not in the poller */
  remove(socket: S): void {
    this.#checkMember(socket);
    this.#interests.delete(socket);
    socket.unwatch(this);
    this.noticed();
  }

  /**
   * The sockets that are ready, as soon as one is; none if the timeout passed first. Several calls may
   * wait at once: each gets them all. Sockets added, modified or removed meanwhile count at once.
   * @throws ZmqError ETERM, ENOTSOCK and EBUSY as `tryWait`; EFAULT if there is no socket, and so
   * nothing that could end the wait; EINVAL for a timeout that makes no sense
   */
  wait(options: PollOptions & WaitOptions = {}): Promise<PollEvent<S>[]> {
    try {
      const timeout = checkTimeout(options.timeout);
      options.signal?.throwIfAborted();
      const events = this.#first(timeout);
      if (events.length === 0 && timeout !== 0) return this.#wait(timeout, options.signal);
      // What is ready now may be gone after the turn.
      return mustYield() ? nextTurn().then(() => this.wait(options)) : Promise.resolve(events);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `wait`, blocking the thread. */
  waitSync(options: PollOptions = {}): PollEvent<S>[] {
    const timeout = checkTimeout(options.timeout);
    let events = this.#first(timeout);
    const thread = this.#thread;
    if (events.length > 0 || timeout === 0 || thread === undefined) return events;
    let failure: unknown;
    const done = (): boolean => {
      try {
        events = this.#ready();
        return events.length > 0;
      } catch (error) {
        failure = error;
        return true;
      }
    };
    thread.blockUntil(done, timeout, this.#local(), CALL_POLL);
    if (failure !== undefined) throw failure as Error;
    return events;
  }

  /**
   * The sockets that are ready now.
   * @throws ZmqError ETERM if their context was shut down; ENOTSOCK if one of them is closed, until it
   * is removed; EBUSY while a proxy has one
   */
  tryWait(): PollEvent<S>[] {
    this.#thread?.turn();
    return this.#ready();
  }

  /**
   * What is ready, again and again, until the last socket is removed.
   * @throws ZmqError ETERM, ENOTSOCK and EBUSY as `tryWait`
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<PollEvent<S>[], void, undefined> {
    while (this.#interests.size > 0) {
      let events: PollEvent<S>[];
      try {
        events = await this.wait();
      } catch (error) {
        // The last socket was removed while it waited.
        if (this.#interests.size === 0) return;
        throw error;
      }
      yield events;
    }
  }

  /** @internal */
  noticed(): void {
    if (this.#lookScheduled || this.#waits.size === 0) return;
    this.#lookScheduled = true;
    // No sooner than whoever waits could go on: by then another call may have taken the message.
    queueMicrotask(() => {
      this.#lookScheduled = false;
      this.#look();
    });
  }

  get #thread(): Thread | undefined {
    const [socket] = this.#interests.keys();
    return socket === undefined ? undefined : threadOf(socket);
  }

  /** May a call hope for threads of this process alone? */
  #local(): boolean {
    return [...this.#interests.keys()].every((socket) => socket.local);
  }

  /** What is ready before there is any waiting. */
  #first(timeout: number): PollEvent<S>[] {
    if (timeout < 0) this.#checkNotEmpty();
    return this.tryWait();
  }

  async #wait(timeout: number, signal: AbortSignal | undefined): Promise<PollEvent<S>[]> {
    const thread = this.#thread;
    if (this.#waits.size === 0) for (const socket of this.#interests.keys()) socket.watch(this);
    // The timer does it if there is no socket.
    thread?.hold();
    const local = this.#local();
    if (local) thread?.hope();
    try {
      return await this.#waits.wait(timeout, signal);
    } finally {
      thread?.unhold();
      if (local) thread?.unhope();
      if (this.#waits.size === 0) for (const socket of this.#interests.keys()) socket.unwatch(this);
    }
  }

  #look(): void {
    if (this.#waits.size === 0) return;
    try {
      const events = this.#ready();
      if (events.length > 0) this.#waits.resolve(events);
      if (this.#interests.size === 0) this.#waits.rejectEndless(nothingToWaitFor());
    } catch (error) {
      this.#waits.reject(error);
    }
  }

  #ready(): PollEvent<S>[] {
    const events: PollEvent<S>[] = [];
    for (const [socket, interest] of this.#interests) {
      socket.checkPolled();
      // Both are asked: what is not ready then tells when it is.
      const readable = interest.readable === true && socket.xhasIn();
      const writable = interest.writable === true && socket.xhasOut();
      if (readable || writable) events.push({ socket, readable, writable });
    }
    return events;
  }

  #checkMember(socket: S): void {
    if (!this.#interests.has(socket)) {
      throw new ZmqError('EINVAL', { message: 'The socket is not in the poller' });
    }
  }

  #checkNotEmpty(): void {
    if (this.#interests.size === 0) throw nothingToWaitFor();
  }
}

function nothingToWaitFor(): ZmqError {
  return new ZmqError('EFAULT', { message: 'The poller has no socket to wait for' });
}

function threadOf(socket: Socket): Thread {
  return coreOf(socket.context).thread;
}

function checkInterest(interest: PollInterest): PollInterest {
  if (typeof interest !== 'object' || interest === null) {
    throw new TypeError('What is asked of a socket must be an object');
  }
  const { readable = false, writable = false } = interest;
  if (typeof readable !== 'boolean' || typeof writable !== 'boolean') {
    throw new TypeError('readable and writable must be booleans');
  }
  return { readable, writable };
}

/** Fractions are welcome: they are what is left until a deadline. */
function checkTimeout(timeout = -1): number {
  if (typeof timeout !== 'number') throw new TypeError('timeout must be a number');
  if (timeout === -1 || (timeout >= 0 && timeout <= TIMEOUT_MAX)) return Math.ceil(timeout);
  throw new ZmqError('EINVAL', { message: `${timeout} is no value for timeout` });
}
