import { EventEmitter } from 'node:events';
import { ZmqError } from '../runtime/base/errors.js';
import {
  type Event,
  type EventOfType,
  type EventType,
  isEventType,
} from '../runtime/base/events.js';
import { EVENTS_READ_AHEAD } from '../runtime/base/limits.js';
import type { EventsAnswer } from '../runtime/context/commands.js';
import type { ContextCore, Departing } from '../runtime/context/core.js';
import { CALL_EVENTS } from '../runtime/thread/activity.js';
import { EventFeed } from './event-feed.js';
import { busyError, PendingQueue, type WaitOptions } from './pending.js';
import { reviveEvent } from './revive-event.js';
import { mustYield, nextTurn } from './turnstile.js';

/**
 * - open: the socket is
 * - ending: the socket is closed, its I/O workers may have more to tell
 * - ended: everything was told, `end` lies in the queue
 * - closed: `end` was read, or nobody wants to know any more
 */
type Phase = 'open' | 'ending' | 'ended' | 'closed';

const EMITTING =
  'Observer is in event emitter mode. ' +
  'After a call to events.on() it is not possible to read events with events.receive().';

/** What events are handed to listeners by. */
export interface EventSubscriber {
  on<Type extends EventType>(
    type: Type,
    listener: (event: EventOfType<Type>) => void,
  ): EventSubscriber;
  off<Type extends EventType>(
    type: Type,
    listener: (event: EventOfType<Type>) => void,
  ): EventSubscriber;
}

/**
 * What happens to a socket's connections, in the order in which it happens in each I/O worker: `socket.events`.
 * Read it with `receive` and its kin, or hand it to listeners with `on`, but not both.
 *
 * @example
 * ```ts
 * import { Pull } from 'loomwire';
 *
 * const pull = new Pull();
 * const { events } = pull;
 * await pull.bind('tcp://127.0.0.1:*');
 * pull.close();
 * for await (const event of events) console.log(event.type);
 * // bind
 * // close
 * // end
 * ```
 */
export class Observer implements AsyncIterable<Event>, EventSubscriber, Departing {
  readonly #core: ContextCore;
  readonly #socket: number;
  /** By the I/O worker's slot. */
  readonly #feeds = new Map<number, EventFeed>();
  readonly #pending: PendingQueue<undefined, Event>;
  #queue: Event[] = [];
  #phase: Phase = 'open';
  #terminated = false;
  #emitter: EventEmitter | undefined;
  #emitting = false;
  /** Listeners keep the process alive, as calls that wait do. */
  #held = false;
  /** Somebody has asked for the observer, and may read what happens from then on. */
  #read = false;
  #tap: ((event: Event) => void) | undefined;
  /** What the tap has yet to be told. */
  #untold: Event[] = [];

  /** @internal Sockets make theirs. @param socket its number in this thread */
  constructor(core: ContextCore, socket: number) {
    this.#core = core;
    this.#socket = socket;
    this.#pending = new PendingQueue(core.thread, () => undefined);
    core.adopt(this);
  }

  /** Was the last event, `end`, read, or the observer closed? */
  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /**
   * The next event. Concurrent calls get events in the order they were made. The last event is `end`,
   * after the socket was closed.
   * @throws ZmqError EBADF after that; ETERM if the context was shut down before the socket was closed;
   * EBUSY once there have been listeners
   */
  receive(options?: WaitOptions): Promise<Event> {
    try {
      options?.signal?.throwIfAborted();
      this.#checkReadable();
      const event = this.#pending.size === 0 ? this.#take() : undefined;
      if (event === undefined) return this.#pending.wait(undefined, -1, options?.signal);
      return mustYield() ? nextTurn().then(() => event) : Promise.resolve(event);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `receive`, blocking the thread. @throws ZmqError as `receive`, and EBUSY while awaiting calls wait */
  receiveSync(): Event {
    let event = this.tryReceive();
    if (event !== undefined) return event;
    let failure: unknown;
    const done = (): boolean => {
      try {
        event = this.tryReceive();
        return event !== undefined;
      } catch (error) {
        failure = error;
        return true;
      }
    };
    this.#core.thread.blockUntil(done, -1, false, CALL_EVENTS, this.#socket);
    if (failure !== undefined) throw failure as Error;
    return event!;
  }

  /** `receive` if an event has come; undefined if not. @throws ZmqError as `receiveSync` */
  tryReceive(): Event | undefined {
    this.#checkReadable();
    if (this.#pending.size > 0) throw busyError('receives');
    return this.#take();
  }

  /** Events up to `end`. Leaving the loop does not close the observer. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    const over: IteratorResult<Event> = { value: undefined, done: true };
    const failed = (error: unknown): IteratorResult<Event> => {
      if (this.closed) return over;
      throw error;
    };
    const next = (): Promise<IteratorResult<Event>> => {
      if (this.closed) return Promise.resolve(over);
      return this.receive().then((value) => ({ value, done: false }), failed);
    };
    return {
      next,
      return: () => Promise.resolve(over),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * Calls `listener` for each event of a type, from the event loop. From the first call on events go to
   * listeners alone, for good, and an event without a listener is gone. Listeners keep the process
   * alive until the socket is closed.
   * @throws TypeError if there is no such type, or `listener` is no function
   */
  on<Type extends EventType>(type: Type, listener: (event: EventOfType<Type>) => void): this {
    this.#listeners(type, listener).on(type, listener);
    this.#holdForListeners();
    // Whoever adds several listeners in a row misses nothing that came before.
    this.#emitLater();
    return this;
  }

  /** Takes a listener back. @throws TypeError as `on` */
  off<Type extends EventType>(type: Type, listener: (event: EventOfType<Type>) => void): this {
    this.#listeners(type, listener).off(type, listener);
    this.#holdForListeners();
    return this;
  }

  /** Nobody wants to know any more. Calls that wait reject with EAGAIN; what was not read is gone. */
  close(): void {
    if (this.#phase === 'closed') return;
    for (const feed of this.#feeds.values()) feed.leave();
    this.#queue = [];
    this.#close();
    this.#pending.rejectAfter(() => new ZmqError('EAGAIN'));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // ── For the socket ─────────────────────────────────────────────────────────────────────────────

  /**
   * @internal The I/O worker in this slot will serve an endpoint of the socket, or does so already.
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  watch(worker: number): void {
    if (this.#phase !== 'open' || this.#feeds.has(worker)) return;
    const feed = new EventFeed(this.#core.thread, worker, this.#socket, (answer) =>
      this.#arrived(feed, answer),
    );
    this.#feeds.set(worker, feed);
  }

  /** @internal Events are kept from now on, until they are read. */
  open(): this {
    this.#read = true;
    return this;
  }

  /** @internal Is told every event as it comes, besides those who read. It must not throw. */
  tap(tap: (event: Event) => void): void {
    this.#tap ??= tap;
  }

  /** @internal */
  socketClosed(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'ending';
    for (const feed of this.#feeds.values()) feed.leave();
    this.#endIfComplete();
    this.#deliver();
  }

  /** @internal */
  contextTerminated(): void {
    if (this.#phase !== 'open') return;
    this.#terminated = true;
    this.#pending.rejectAfter(() => new ZmqError('ETERM'));
  }

  /** @internal */
  get settled(): boolean {
    return this.#phase === 'ended' || this.#phase === 'closed';
  }

  /** @internal */
  abandon(): void {
    if (this.#phase !== 'ending') return;
    this.#note({ type: 'unknown' });
    this.#end();
    this.#deliver();
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  #checkReadable(): void {
    if (this.#emitter !== undefined) throw new ZmqError('EBUSY', { message: EMITTING });
    this.#core.thread.poll();
    if (this.#phase === 'ending' && this.#core.over) {
      // What the I/O workers said last has come before they left.
      this.#core.thread.turn();
      this.abandon();
    }
    if (this.#phase === 'closed') throw new ZmqError('EBADF', { message: 'Observer is closed' });
    // A closed socket's last events, and their end, can still be read.
    if (this.#phase === 'open' && this.#terminated) throw new ZmqError('ETERM');
  }

  #arrived(feed: EventFeed, { events }: EventsAnswer): void {
    if (this.#phase !== 'closed') for (const event of events) this.#note(reviveEvent(event));
    this.#endIfComplete();
    this.#deliver();
    this.#askMore(feed);
  }

  /** Unread events stay with the worker, but for a few; those of a socket that is closed are all fetched. */
  #askMore(feed: EventFeed): void {
    if (this.#phase !== 'open' || this.#queue.length < EVENTS_READ_AHEAD) feed.ask();
  }

  #endIfComplete(): void {
    if (this.#phase !== 'ending') return;
    for (const feed of this.#feeds.values()) if (!feed.ended) return;
    this.#end();
  }

  #deliver(): void {
    while (this.#pending.size > 0) {
      const event = this.#take();
      if (event === undefined) return;
      this.#pending.resolveFirst(event);
      if (this.closed) this.#pending.rejectAfter(() => new ZmqError('EAGAIN'));
    }
    this.#emitLater();
  }

  #take(): Event | undefined {
    const event = this.#queue.shift();
    if (event === undefined) return undefined;
    if (event.type === 'end') this.#close();
    for (const feed of this.#feeds.values()) this.#askMore(feed);
    return event;
  }

  #end(): void {
    this.#phase = 'ended';
    this.#note({ type: 'end' });
    this.#core.release(this);
    if (!this.#read) this.#close();
  }

  #note(event: Event): void {
    if (this.#read) this.#queue.push(event);
    if (this.#tap === undefined) return;
    // Not in the duty cycle, as with listeners.
    if (this.#untold.push(event) === 1) {
      queueMicrotask(() => {
        for (const each of this.#untold.splice(0)) this.#tap?.(each);
      });
    }
  }

  #close(): void {
    this.#phase = 'closed';
    this.#core.release(this);
    this.#holdForListeners();
  }

  #listeners(type: unknown, listener: unknown): EventEmitter {
    if (!isEventType(type)) throw new TypeError(`No event is called ${String(type)}`);
    if (typeof listener !== 'function') throw new TypeError('Listener must be a function');
    return (this.#emitter ??= new EventEmitter());
  }

  #holdForListeners(): void {
    const hold = this.#phase !== 'closed' && (this.#emitter?.eventNames().length ?? 0) > 0;
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) this.#core.thread.hold();
    else this.#core.thread.unhold();
  }

  /**
   * Events come in the duty cycle, in which no socket may be used and nothing may be thrown; listeners
   * do both, so they are called after it.
   */
  #emitLater(): void {
    if (this.#emitting || this.#emitter === undefined || this.#queue.length === 0) return;
    this.#emitting = true;
    queueMicrotask(() => {
      this.#emitting = false;
      const event = this.#take();
      if (event === undefined) return;
      // First, since a listener may throw.
      this.#emitLater();
      this.#emitter?.emit(event.type, event);
    });
  }
}
