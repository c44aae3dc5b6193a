import { EventEmitter } from 'node:events';
import { ZmqError, type ErrorCode } from '../../runtime/base/errors.js';
import { coreOf } from '../../runtime/context/context.js';
import type { Thread } from '../../runtime/thread/thread.js';
import type { Socket as InnerSocket } from '../socket.js';
import type { Writable } from '../writable.js';
import { Attention } from './attention.js';
import type { SocketEvents } from './events.js';
import { Monitor } from './monitor.js';
import type { OptionProperties } from './option-properties.js';
import {
  options,
  readOption,
  writeOption,
  type OptionInput,
  type OptionName,
  type OptionValue,
} from './options.js';
import { Sender, type Callback, type Part } from './sender.js';
import { makeSocket, type Home, type SocketType } from './types.js';

/** The options of every socket are properties of it. */
export interface Socket extends OptionProperties {}

/**
 * A socket that calls back, as those of version 5 do. What it receives it emits, one `message` after another,
 * whether or not anybody listens; until it is closed that keeps the process alive, but for `unref`.
 *
 * What fails is told to the callback of its call, or else emitted as `error`.
 *
 * @example
 * ```ts
 * import { socket } from 'loomwire/v5-compat';
 *
 * const rep = socket('rep').bindSync('tcp://127.0.0.1:*');
 * const req = socket('req').connect(String(rep.last_endpoint));
 * rep.on('message', (name) => rep.send(`Hello, ${String(name)}`));
 * req.on('message', (greeting) => {
 *   console.log(String(greeting)); // Hello, World
 *   rep.close();
 *   req.close();
 * });
 * req.send('World');
 * ```
 */
export class Socket extends EventEmitter<SocketEvents> {
  /** What `createSocket` was called with. */
  readonly type: SocketType;
  readonly #inner: InnerSocket;
  readonly #thread: Thread;
  readonly #sender: Sender | undefined;
  readonly #attention: Attention;
  readonly #monitor: Monitor;
  #paused = false;
  /** It keeps the process alive. */
  #held = false;
  #over = false;

  /** @throws ZmqError EINVAL for what is no type; EMFILE, ETERM */
  constructor(type: SocketType, home: Home = {}) {
    super();
    this.type = type;
    const inner = makeSocket(type, home);
    this.#inner = inner;
    this.#thread = coreOf(inner.context).thread;
    if (inner.can('send')) {
      this.#sender = new Sender(inner as InnerSocket & Writable, (error) => this.#fail(error));
    }
    this.#attention = new Attention(inner, () => this.#look());
    this.#monitor = new Monitor(inner, this);
    this.ref();
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  // ── Endpoints ──────────────────────────────────────────────────────────────────────────────────

  /** Listens on an endpoint; then emits `bind` and calls back. Errors are those of the `bind` of every socket. */
  bind(endpoint: string, callback?: Callback): this {
    this.#settle(this.#inner.bind(endpoint), 'bind', endpoint, callback);
    return this;
  }

  /** `bind`, blocking the thread; emits nothing. @throws ZmqError as the `bindSync` of every socket */
  bindSync(endpoint: string): this {
    this.#inner.bindSync(endpoint);
    return this;
  }

  /** Takes a bind back; then emits `unbind` and calls back. ENOENT if the socket is not bound to the endpoint. */
  unbind(endpoint: string, callback?: Callback): this {
    this.#settle(this.#inner.unbind(endpoint), 'unbind', endpoint, callback);
    return this;
  }

  /** `unbind`, at once; emits nothing. @throws ZmqError ENOENT, EBADF, ETERM */
  unbindSync(endpoint: string): this {
    this.#inner.unbindSync(endpoint);
    return this;
  }

  /** @throws ZmqError as the `connect` of every socket */
  connect(endpoint: string): this {
    this.#inner.connect(endpoint);
    return this;
  }

  /** @throws ZmqError ENOENT if the socket is not connected to the endpoint; EBADF, ETERM */
  disconnect(endpoint: string): this {
    this.#inner.disconnect(endpoint);
    return this;
  }

  /**
   * Closes the socket and returns at once; what was sent lingers. A send that still waits ends with EAGAIN.
   */
  close(): this {
    this.#inner.close();
    this.#end('EAGAIN');
    return this;
  }

  // ── Messages ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends a message, or a part of one, in the order of the calls; calls back when it is queued. Errors are those of
   * the `send` of every socket, and ENOTSUP if the type does not send. A REQ's or REP's waits for its turn.
   * @param flags ZMQ_SNDMORE: the next call adds to the message, until one without it
   */
  send(message: Part | readonly Part[], flags?: number | null, callback?: Callback): this {
    const told = callback?.bind(this);
    if (this.#sender !== undefined) this.#sender.send(message, flags ?? 0, told);
    else if (told === undefined) this.#fail(new ZmqError('ENOTSUP'));
    else queueMicrotask(() => told(new ZmqError('ENOTSUP')));
    return this;
  }

  /** The next message, instead of emitting it: its frames, or null if there is none. For sockets that are paused. */
  read(): Buffer[] | null {
    if (!this.#inner.can('receive') || !this.#inner.readable) return null;
    return this.#inner.xrecv() ?? null;
  }

  /** Stops at once: messages stay where they are, and what is sent waits, until `resume`. */
  pause(): void {
    this.#paused = true;
    this.#sender?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#sender?.resume();
    this.#attention.noticed();
  }

  /** @throws ZmqError ENOTSUP if the socket is no SUB; EMSGSIZE, EBADF, ETERM */
  subscribe(prefix: string | Uint8Array): this {
    return this.setsockopt('_subscribe', prefix);
  }

  /** @throws ZmqError ENOTSUP if the socket is no SUB; EBADF, ETERM */
  unsubscribe(prefix: string | Uint8Array): this {
    return this.setsockopt('_unsubscribe', prefix);
  }

  // ── The rest ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Emits what happens to connections from now on, under the names of `MonitorEvents`, and keeps the process
   * alive until the socket is closed or `unmonitor`. Events come as they happen: the two numbers mean nothing.
   * @throws ZmqError ENOTSOCK, ETERM
   */
  monitor(_interval?: number, _numOfEvents?: number): this {
    this.#monitor.start();
    return this;
  }

  unmonitor(): this {
    this.#monitor.stop();
    return this;
  }

  /**
   * @param option its name or libzmq's number
   * @throws ZmqError EINVAL if there is no such option, it cannot be set, or not to this; ENOTSUP, ENOTSOCK
   * @throws TypeError for a value of the wrong kind, and if sockets of this type do not have the option
   */
  setsockopt(option: OptionName | number, value: OptionInput): this {
    writeOption(this.#inner, option, value);
    return this;
  }

  /**
   * @param option its name or libzmq's number
   * @throws ZmqError EINVAL if there is no such option, or it cannot be read; ENOTSUP, ENOTSOCK
   */
  getsockopt(option: OptionName | number): OptionValue {
    return readOption(this.#inner, option);
  }

  /** Waiting for messages keeps the process alive, as it does from the beginning. */
  ref(): this {
    if (this.#held || this.#over || !this.#inner.can('receive')) return this;
    this.#held = true;
    this.#thread.hold();
    return this;
  }

  /** Waiting for messages does not keep the process alive; a send that waits still does, and so does `monitor`. */
  unref(): this {
    if (!this.#held) return this;
    this.#held = false;
    this.#thread.unhold();
    return this;
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  #look(): void {
    if (this.#over) return;
    if (this.#inner.closed) {
      this.#end('EAGAIN');
    } else if (this.#inner.terminated) {
      this.#end('ETERM');
      if (this.#inner.can('receive')) this.#fail(new ZmqError('ETERM'));
    } else {
      this.#sender?.flush();
      this.#receive();
    }
  }

  /** Emits one message, if there is one. */
  #receive(): void {
    if (this.#paused || !this.#inner.can('receive')) return;
    const message = this.#inner.xrecv();
    if (message === undefined) return;
    try {
      this.emit('message', ...message);
    } finally {
      // There may be more, whatever a listener throws.
      this.#attention.noticed();
    }
  }

  #end(code: ErrorCode): void {
    if (this.#over) return;
    this.unref();
    this.#over = true;
    this.#attention.end();
    this.#sender?.end(code);
  }

  /** Outside of the promise, in which what a listener throws would be a rejection. */
  #settle(
    call: Promise<void>,
    event: 'bind' | 'unbind',
    endpoint: string,
    callback: Callback | undefined,
  ): void {
    call.then(
      () =>
        process.nextTick(() => {
          this.emit(event, endpoint);
          callback?.call(this);
        }),
      (reason: unknown) => {
        const error = reason as Error;
        if (callback !== undefined) process.nextTick(() => callback.call(this, error));
        // Whoever closes the socket gives the bind up.
        else if (!this.closed) this.#fail(error);
      },
    );
  }

  #fail(error: Error): void {
    process.nextTick(() => this.emit('error', error));
  }
}

for (const name of Object.keys(options) as OptionName[]) {
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: Socket) {
      return this.getsockopt(name);
    },
    set(this: Socket, value: OptionInput) {
      this.setsockopt(name, value);
    },
  });
}
