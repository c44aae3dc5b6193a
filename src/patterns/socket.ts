import type { Buffer } from 'node:buffer';
import { threadId } from 'node:worker_threads';
import { parseEndpoint, type Endpoint } from '../runtime/base/endpoint.js';
import { ZmqError } from '../runtime/base/errors.js';
import type { Event } from '../runtime/base/events.js';
import { EMPTY, type Body } from '../runtime/base/message.js';
import { withNetworks } from '../runtime/base/networks.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import {
  COMMAND_BIND,
  COMMAND_CONNECT,
  COMMAND_CONNECT_IMMEDIATE,
  COMMAND_TOPICS,
  COMMAND_UNBIND,
  type BindCommand,
  type BoundAnswer,
  type ConnectCommand,
  type ConnectImmediateCommand,
  readBoundAnswer,
  type SocketProfile,
  type TopicsCommand,
  type UnbindCommand,
} from '../runtime/context/commands.js';
import { coreOf, type Context } from '../runtime/context/context.js';
import type { ContextCore, SocketPart } from '../runtime/context/core.js';
import { context as processContext } from '../runtime/context/default-context.js';
import type { InprocName } from '../runtime/context/inproc-names.js';
import type { SocketAccount } from '../runtime/context/ledger.js';
import type { SocketType, Transport } from '../runtime/context/services.js';
import { SocketListing } from '../runtime/context/socket-listing.js';
import { PIPE_SESSION, PIPE_TAKES_ID, TAKES_ANY_ID, TAKES_ID } from '../runtime/pipe/layout.js';
import { Pipe, type PipeEvents, type PipeMarks } from '../runtime/pipe/pipe.js';
import {
  checkOption,
  defaultOptions,
  OPTIONS,
  type OptionRow,
  type ReadOptionValue,
} from '../runtime/base/options.js';
import { HWM_CONFLATES } from '../runtime/ring/layout.js';
import { routingIdBody } from '../runtime/ring/signal-frame.js';
import { CALL_BIND } from '../runtime/thread/activity.js';
import type { Hungry } from '../runtime/thread/shortage.js';
import { isDead } from '../runtime/thread/slot.js';
import {
  assignOptions,
  installOptions,
  optionNames,
  type CommonOptions,
  type OptionHolder,
  type OptionName,
  type OptionValue,
  type OptionValues,
  type SocketOptions,
} from './options.js';
import { isDiagnosed, publish } from './diagnostics.js';
import type { Direction } from './direction.js';
import type { Incoming } from './incoming.js';
import { Observer } from './observer.js';
import { readNumbered, writeNumbered } from './option-numbers.js';
import { constructOwn, patternMember } from './own-class.js';
import type { Outgoing } from './outgoing.js';
import { PendingBinds } from './pending-binds.js';
import { ServedSession, type Service } from './service.js';
import type { Watcher } from './watcher.js';

/** Something bound or connected. */
interface Attachment {
  readonly kind: 'bound' | 'connected';
  /** The endpoints it is known by: as it was given, and with its parts resolved. */
  readonly names: readonly string[];
  /** Takes it back: no new connections; the ones there are end. */
  readonly detach: () => void;
  /** What an I/O worker does for it, if one does. */
  readonly service: Service | undefined;
}

/** Where an endpoint is served whose connections bring their pipes with them. */
interface Place {
  /** Slot of the I/O worker. */
  slot: number;
  /** Its listener's number there, or the connecter's; 0 while it is being bound again. */
  listener: number;
  /** It was taken back. */
  left: boolean;
  /** The I/O workers that may serve it: what `affinity` was when it was made. */
  readonly affinity: number;
  /** The transport's module, if that is a user's: a rebind asks for nothing else that may have been registered since. */
  readonly module: string | undefined;
}

/** What subscribers of `loomwire:socket:…` get: whose connection it is about, and what has happened to it. */
export interface SocketDiagnostics {
  readonly socket: Socket;
  readonly event: Event;
}

/** The options of every socket are properties of it. */
export interface Socket extends CommonOptions {}

/**
 * What all sockets share: endpoints, options, pipes and ending. A subclass is a pattern: it decides
 * which pipe a message goes to and comes from.
 *
 * A socket belongs to the thread that made it. Sockets are not transferable: make one in each thread
 * and connect them.
 *
 * @example
 * ```ts
 * import { Pull, type Socket } from 'loomwire';
 *
 * const socket: Socket = new Pull({ linger: 0 });
 * await socket.bind('tcp://127.0.0.1:*');
 * console.log(socket.lastEndpoint?.startsWith('tcp://127.0.0.1:')); // true
 * socket.close();
 * console.log(socket.closed); // true
 * ```
 */
export abstract class Socket implements SocketPart, PipeEvents, OptionHolder {
  /** Null: there is none but NULL yet (ZMQ_MECHANISM). */
  readonly securityMechanism: null | 'plain' | 'curve' | 'gssapi' = null;
  /** False: a socket belongs to one thread (ZMQ_THREAD_SAFE). */
  readonly threadSafe: boolean = false;
  /** The context the socket lives in. */
  readonly context!: Context;
  /** The socket type's name in the handshake, `PUSH`. Each pattern has its own. */
  declare protected readonly socketType: string;
  /** The sending half, for patterns that send. */
  protected outgoing: Outgoing | undefined;
  /** The receiving half, for patterns that receive. */
  protected incoming: Incoming<unknown> | undefined;
  // Without them is only what the constructor leaves to a pattern.
  readonly #core!: ContextCore;
  readonly #id!: number;
  /** Shows the socket to observers. */
  readonly #listing!: SocketListing;
  readonly #options: OptionValues = defaultOptions();
  readonly #pipes = new Set<Pipe>();
  readonly #attachments = new Map<string, Attachment[]>();
  /**
   * Listeners, and connecters with `immediate`, whose connections are welcome, with the slots of their
   * I/O workers.
   */
  readonly #listeners = new Map<number, number>();
  readonly #binds = new PendingBinds();
  /** Messages that went to peers within the context through pipes that have ended. */
  #flushed = 0;
  /** Messages that lay in pipes whose I/O worker has died, or gave way to newer ones in pipes that have ended. */
  #lost = 0;
  #lastEndpoint: string | null = null;
  /** By its owner. */
  #closed = false;
  #terminated = false;
  /** Endpoints, pipes and the place in the context are given back: it is closed, or the context has ended. */
  #released = false;
  #attached = false;
  /** Slots of the I/O workers that serve an endpoint of the socket, or have done. */
  readonly #workers = new Set<number>();
  #observer: Observer | undefined;
  /** Pipes to sessions, which a blocked call should not spin for. */
  #sessions = 0;
  #watchers: Set<Watcher> | undefined;
  /** A proxy moves its messages. */
  #proxied = false;

  /**
   * For classes of one's own: `class Mine extends Socket { constructor() { super(SocketType.Push); } }`.
   * @param type libzmq's number of the socket type
   * @throws TypeError if it is none; ZmqError EINVAL if there is no such type
   */
  protected constructor(type: number, options?: object);
  /** For patterns. @param defaults of options, where the type has its own */
  protected constructor(options?: SocketOptions<object>, defaults?: Partial<OptionValues>);
  protected constructor(
    first: number | SocketOptions<object> = {},
    second: object | Partial<OptionValues> = {},
  ) {
    const { xattach } = new.target.prototype as unknown as { xattach: unknown };
    // Not a pattern's class. What has been made of `this` is left, and nobody has heard of it.
    if (xattach === BASE.xattach) {
      return constructOwn(first, second, new.target, BASE) as this;
    }
    const options = first as SocketOptions<object>;
    const defaults = second as Partial<OptionValues>;
    if (typeof options !== 'object' || options === null) {
      throw new TypeError('Options must be an object');
    }
    this.context = options.context ?? processContext;
    this.#core = coreOf(this.context);
    Object.assign(this.#options, defaults);
    if (!this.#core.blocky) this.#options.linger = 0;
    this.#options.ipv6 = this.context.ipv6;
    this.#id = this.#core.register(this);
    this.#listing = new SocketListing(this.#core.thread, this.#id, this.constructor.name);
    try {
      assignOptions(this, options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  // ── Endpoints ──────────────────────────────────────────────────────────────────────────────────

  /** libzmq's number of the socket type (ZMQ_TYPE). */
  get type(): number {
    return this.#wireType.code;
  }

  /** The endpoint of the last bind or connect, with wildcards resolved (ZMQ_LAST_ENDPOINT). */
  get lastEndpoint(): string | null {
    return this.#lastEndpoint;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * What happens to the socket's connections, from the first access on. inproc has no connections, and so
   * no events, as in libzmq.
   * @throws ZmqError ENOTSOCK if the socket is closed, ETERM if its context has ended
   */
  get events(): Observer {
    if (this.#closed) throw new ZmqError('ENOTSOCK');
    if (this.#released && this.#observer === undefined) throw new ZmqError('ETERM');
    return (this.#observer ??= this.#observe()).open();
  }

  /**
   * Is there a message to receive at this moment (ZMQ_POLLIN)? False once the socket is closed or its
   * context was shut down.
   */
  get readable(): boolean {
    return this.#usable() && this.xhasIn();
  }

  /**
   * Would a send be carried out at this moment (ZMQ_POLLOUT)? Room is judged by the high-water mark; a
   * very large message may still have to wait. False once the socket is closed or its context was shut
   * down.
   */
  get writable(): boolean {
    return this.#usable() && this.xhasOut();
  }

  /**
   * Listens on an endpoint; resolves when peers can connect.
   * @throws ZmqError EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO, EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV, ENOENT,
   * ENAMETOOLONG, EMTHREAD, ETERM, EBADF; EAGAIN if the socket is closed meanwhile
   */
  async bind(address: string): Promise<void> {
    const { endpoint, transport } = this.#resolve(address, 'bind');
    if (transport.carrier === 'inproc') {
      this.#bindInproc(endpoint);
      return;
    }
    const { thread } = this.#core;
    thread.hold();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#requestBind(endpoint, transport, (error) =>
          error === undefined ? resolve() : reject(error),
        );
      });
    } finally {
      thread.unhold();
    }
  }

  /** `bind`, blocking the thread. */
  bindSync(address: string): void {
    const { endpoint, transport } = this.#resolve(address, 'bind');
    if (transport.carrier === 'inproc') {
      this.#bindInproc(endpoint);
      return;
    }
    let answered = false;
    let failure: Error | undefined;
    this.#requestBind(endpoint, transport, (error) => {
      answered = true;
      failure = error;
    });
    this.#core.thread.blockUntil(() => answered, -1, false, CALL_BIND, this.#id);
    if (failure !== undefined) throw failure;
  }

  /**
   * Takes a bind back: nobody can connect any more, and the connections accepted through it end.
   * Pipes to threads that connected over inproc stay, as in libzmq.
   * @throws ZmqError ENOENT if the socket is not bound to it
   */
  unbind(address: string): Promise<void> {
    try {
      this.unbindSync(address);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `unbind`, at once. */
  unbindSync(address: string): void {
    this.checkOpen();
    this.#detach(address, 'bound');
  }

  /**
   * Connects to an endpoint, whether or not somebody listens there yet: returns at once, and connects
   * again whenever the connection is lost.
   * @throws ZmqError EINVAL, ENAMETOOLONG, EPROTONOSUPPORT, ENOCOMPATPROTO, ENODEV, EMTHREAD, ETERM, EBADF
   */
  connect(address: string): void {
    const { endpoint, transport } = this.#resolve(address, 'connect');
    const { carrier, module, connectionless } = transport;
    if (carrier === 'io' && this.#options.immediate && connectionless !== true) {
      this.#connectImmediate(address, endpoint, module);
    } else if (carrier === 'io') {
      this.#connectSession(address, endpoint, module, connectionless === true);
    } else {
      const pipe = this.#core.connectInproc(endpoint.address, this.marks, (made) =>
        this.#introduce(made),
      );
      this.xconnecting((made) => this.attachPipe(made))(pipe);
      this.#remember(address, 'connected', () => this.#drop(pipe));
    }
    this.#lastEndpoint = address;
  }

  /**
   * Takes a connect back. What was sent goes on its way, as long as linger says.
   * @throws ZmqError ENOENT if the socket is not connected to it
   */
  disconnect(address: string): void {
    this.checkOpen();
    this.#detach(address, 'connected');
  }

  /**
   * Closes the socket and returns at once; what was sent goes on its way in the background, as long
   * as linger says. Pending calls reject with EAGAIN, later ones with EBADF.
   * @param linger in place of the option, in milliseconds
   * @throws ZmqError EINVAL if `linger` is no value for the option
   */
  close(linger?: number): void {
    if (this.#closed) return;
    if (linger !== undefined) checkOption('linger', linger);
    this.#closed = true;
    this.#release(linger);
  }

  #release(linger?: number): void {
    if (this.#released) return;
    this.#released = true;
    this.#core.noteClosing(this.#id, this);
    this.#core.thread.shortage.forget(this.#wantOfMemory);
    this.#binds.reject('EAGAIN');
    if (linger !== undefined) for (const pipe of this.#pipes) pipe.linger = linger;
    const all = new Set([...this.#attachments.values()].flat());
    for (const { detach } of all) detach();
    this.#attachments.clear();
    for (const pipe of [...this.#pipes]) this.#drop(pipe);
    this.#rejectPending(() => new ZmqError('EAGAIN'));
    this.#observer?.socketClosed();
    this.#listing.close();
    this.#core.unregister(this.#id);
    this.#noticeLater();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // ── Options ────────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  getOption(name: OptionName): ReadOptionValue {
    if (this.#closed) throw new ZmqError('ENOTSOCK');
    const value: OptionValue = this.#options[name];
    // As zeromq.js reads them, bytes that are no text with its replacement character.
    return value instanceof Uint8Array ? value.toString() : value;
  }

  /** @internal */
  get sendWaits(): boolean {
    return this.#options.sendTimeout !== 0;
  }

  /** @internal Does it send messages of one part alone, because `conflate` is set? */
  get sendsOnePart(): boolean {
    return this.#options.conflate;
  }

  /** @internal The value has been checked. */
  setOption(name: OptionName, value: OptionValue): void {
    if (this.#closed) throw new ZmqError('ENOTSOCK');
    const options: Record<OptionName, unknown> = this.#options;
    options[name] =
      name === 'tcpAcceptFilter'
        ? withNetworks(this.#options.tcpAcceptFilter, value as string | null)
        : value;
    if (name === 'keepMetadata' && value === true) this.incoming?.keepMetadata();
    if (name === 'linger') for (const pipe of this.#pipes) pipe.linger = this.#options.linger;
    if (name === 'sendHighWaterMark' || name === 'receiveHighWaterMark') {
      for (const pipe of this.#pipes) pipe.setMarks(this.marks);
      this.progress();
      this.#noticeLater();
    }
    const row: OptionRow = OPTIONS[name];
    if (this.#attached && row.immediate !== true) {
      process.emitWarning('Socket option will not take effect until next connect/bind.');
    }
  }

  /**
   * An option by libzmq's number, for classes of one's own. What is off or on is 0 or 1 as a number.
   * @throws ZmqError EINVAL if there is no such option, sockets of this type do not have it, or it is of another
   * kind; ENOTSUP if it is not supported; ENOTSOCK if the socket is closed
   */
  protected getBoolOption(option: number): boolean {
    return readNumbered(this, option, 'int') !== 0;
  }

  /** @throws ZmqError as `getBoolOption`; TypeError for a value of another kind */
  protected setBoolOption(option: number, value: boolean): void {
    if (typeof value !== 'boolean') throw new TypeError('Option value must be a boolean');
    writeNumbered(this, option, 'int', Number(value));
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getInt32Option(option: number): number {
    return readNumbered(this, option, 'int') as number;
  }

  /** @throws ZmqError as `setBoolOption`; EINVAL also for a value that is out of range */
  protected setInt32Option(option: number, value: number): void {
    checkNumber(value);
    writeNumbered(this, option, 'int', value);
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getUint32Option(option: number): number {
    return this.getInt32Option(option) >>> 0;
  }

  /** @throws ZmqError as `setInt32Option` */
  protected setUint32Option(option: number, value: number): void {
    checkNumber(value);
    // As in C, the same bits.
    writeNumbered(this, option, 'int', value >>> 0 === value ? value | 0 : NaN);
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getInt64Option(option: number): number {
    return readNumbered(this, option, 'int64') as number;
  }

  /** @throws ZmqError as `setInt32Option` */
  protected setInt64Option(option: number, value: number): void {
    checkNumber(value);
    writeNumbered(this, option, 'int64', value);
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getUint64Option(option: number): number {
    const value = this.getInt64Option(option);
    return value < 0 ? value + 2 ** 64 : value;
  }

  /** @throws ZmqError as `setInt32Option` */
  protected setUint64Option(option: number, value: number): void {
    checkNumber(value);
    writeNumbered(this, option, 'int64', value < 0 ? NaN : value);
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getStringOption(option: number): string | null {
    return readNumbered(this, option, 'text') as string | null;
  }

  /** @throws ZmqError as `setBoolOption`; EINVAL also for bytes that are no text in UTF-8, where the option is text */
  protected setStringOption(option: number, value: string | Buffer | null): void {
    if (value !== null && typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new TypeError('Option value must be a string or buffer');
    }
    writeNumbered(this, option, 'text', value);
  }

  // ── For the pattern ────────────────────────────────────────────────────────────────────────────

  /** What is set now, without the way through a property. */
  protected get optionValues(): Readonly<OptionValues> {
    return this.#options;
  }

  protected get core(): ContextCore {
    return this.#core;
  }

  /** @internal Its number in its thread. */
  get id(): number {
    return this.#id;
  }

  /** May a blocked call hope for a peer thread of this process, and spin for it? */
  get local(): boolean {
    return this.#sessions === 0;
  }

  /** @throws ZmqError EBADF if closed, ETERM if the context was shut down, EBUSY while a proxy has it */
  checkOpen(): void {
    if (this.#closed) throw new ZmqError('EBADF');
    if (!this.#released) this.#core.thread.poll();
    if (this.#terminated) throw new ZmqError('ETERM');
    if (this.#proxied) throw new ZmqError('EBUSY');
  }

  /**
   * A pipe has come. Every pattern has its own; classes without one are made by `constructOwn`.
   * @param unasked does everything go into the pipe, because nobody at its other end could ask for it?
   */
  protected xattach(_pipe: Pipe, _unasked: boolean): void {
    throw new ZmqError('ENOTSUP');
  }

  /** A pipe has ended. Every pattern has its own. */
  protected xterminated(_pipe: Pipe): void {
    throw new ZmqError('ENOTSUP');
  }

  /**
   * A connect is under way, whose pipe may be made again, by another I/O worker. Answers `attach` with whatever
   * the pattern has to do to each pipe of it.
   */
  protected xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    return attach;
  }

  /** A listener of the socket accepts connections, or a connecter with `immediate` makes some. */
  protected xbound(_listener: number): void {
    // Most patterns have nothing to say before somebody is there.
  }

  /** The peer has left, but there is more to read. */
  protected xpeerLeft(_pipe: Pipe): void {
    // Most patterns read on, and hear of the end behind it.
  }

  /** There is something to read in the pipe again. */
  protected xreadActivated(_pipe: Pipe): void {
    // Patterns that only send have nothing to read.
  }

  /** There is room in the pipe again. */
  protected xwriteActivated(_pipe: Pipe): void {
    // Patterns that only receive have nothing to write.
  }

  /**
   * Sends a message if it can be sent now. False if not. `waits`: will the sender try again with the same message until it is sent, or call `xabandon`? Then it
   * may have been begun, and goes as far as there is room each time; its bytes stay as they are until then.
   */
  xsend(_bodies: readonly Body[], _waits: boolean): boolean {
    throw new ZmqError('ENOTSUP');
  }

  /** Whoever waited gives up: if the message has been begun, its receiver forgets what it has of it. */
  xabandon(): void {
    // Most patterns send a message whole or not at all.
  }

  /**
   * Receives a message if there is one now. `views`: may its parts be views of shared memory? They are good as `Pipe.readViews` says
   */
  xrecv(_views?: boolean): Buffer[] | undefined {
    throw new ZmqError('ENOTSUP');
  }

  /**
   * Receives a message to the beginning of `room`, if there is one that takes no more than a copy; answers its bytes. -1 if not:
   * then `xrecv` tells what there is. For patterns that give messages as they come: whoever overrides `xrecv` to hold back, change
   * or count them overrides this, too.
   */
  xrecvInto(_room: Uint8Array): number {
    return -1;
  }

  /** Of the message that `xrecv` has just given, if its connection's was kept. */
  xmetadata(): PeerMetadata | undefined {
    return undefined;
  }

  /** @internal */
  get keepsMetadata(): boolean {
    return this.#options.keepMetadata;
  }

  /** Would `xrecv` have a message? */
  xhasIn(): boolean {
    return false;
  }

  /** Would `xsend` take a message of usual size? */
  xhasOut(): boolean {
    return false;
  }

  /** @throws ZmqError EFSM if a call in this direction is out of order now */
  xcheckOrder(_direction: Direction): void {
    // Most patterns have no order.
  }

  /** Plans an awaiting call. @throws ZmqError EFSM if it is out of order after those that wait already */
  xplan(_direction: Direction): void {
    // Most patterns have no order.
  }

  /** A planned call has failed; those behind it, `order` and later, were legal only after it. */
  xabandoned(_order: number): void {
    // Most patterns have no order.
  }

  /** Lets awaiting calls proceed as far as they can. */
  progress(): void {
    for (;;) {
      const sent = this.outgoing?.progress() ?? false;
      const received = this.incoming?.progress() ?? false;
      if (!sent && !received) break;
    }
    this.notice();
  }

  /** How many awaiting calls of a direction wait. */
  protected waiting(direction: Direction): number {
    return (direction === 'send' ? this.outgoing : this.incoming)?.waiting ?? 0;
  }

  /** Tells whoever watches that the socket may have become ready. */
  protected notice(): void {
    if (this.#watchers !== undefined) for (const watcher of this.#watchers) watcher.noticed();
  }

  // ── For pollers and proxies ────────────────────────────────────────────────────────────────────

  /** @internal */
  watch(watcher: Watcher): void {
    (this.#watchers ??= new Set()).add(watcher);
  }

  /** @internal */
  unwatch(watcher: Watcher): void {
    this.#watchers?.delete(watcher);
  }

  /** @internal @throws ZmqError ENOTSOCK if closed, ETERM if shut down, EBUSY while a proxy has it */
  checkPolled(): void {
    if (this.#closed) throw new ZmqError('ENOTSOCK');
    if (this.#terminated) throw new ZmqError('ETERM');
    if (this.#proxied) throw new ZmqError('EBUSY');
  }

  /** @internal Can this type do it at all? */
  can(direction: Direction): boolean {
    return (direction === 'send' ? this.outgoing : this.incoming) !== undefined;
  }

  /** @internal @throws ZmqError EINVAL if bound and connected nowhere, EBUSY if in use, as checkOpen */
  checkProxied(role: string): void {
    this.checkOpen();
    if (this.#attachments.size === 0) {
      throw new ZmqError('EINVAL', { message: `${role} socket must be bound or connected` });
    }
    if (this.waiting('send') + this.waiting('receive') > 0) {
      throw new ZmqError('EBUSY', { message: 'Awaiting calls of the socket wait' });
    }
  }

  /** @internal From now until it is closed only the proxy uses it. */
  startProxied(proxy: Watcher): void {
    this.#proxied = true;
    this.watch(proxy);
  }

  /** @internal Has the context been shut down, as far as this thread has noticed? */
  get terminated(): boolean {
    return this.#terminated;
  }

  protected get listeners(): Iterable<number> {
    return this.#listeners.keys();
  }

  /** Tells a listener what to say for this socket to every publisher that comes. */
  protected tellListener(
    listener: number,
    kind: TopicsCommand['kind'],
    topics: readonly Buffer[],
  ): void {
    if (topics.length === 0) return;
    const text = topics.map((topic) => topic.toString('latin1'));
    const command: TopicsCommand = { listener, kind, topics: text };
    const slot = this.#listeners.get(listener)!;
    this.#core.thread.post(slot, COMMAND_TOPICS, JSON.stringify(command), () => undefined);
  }

  /** Tells observers how many messages the socket has dropped so far. */
  protected reportDropped(count: number): void {
    this.#listing.dropped(count);
  }

  /** @internal Tells observers how many awaiting calls wait, and whether another is the first of them. */
  reportAwaiting(direction: Direction, calls: number, turned: boolean): void {
    this.#listing.awaiting(direction, calls, turned);
  }

  /** Leaves a pipe that `xattach` has been given and does not want. */
  protected refuse(pipe: Pipe): void {
    this.#drop(pipe);
  }

  // ── For the context and the pipes ──────────────────────────────────────────────────────────────

  /** @internal */
  get marks(): PipeMarks {
    const { sendHighWaterMark, receiveHighWaterMark, conflate } = this.#options;
    // Only what the type is there for conflates: what a SUB tells its PUB is not to be lost.
    return {
      send: conflate && this.can('send') ? HWM_CONFLATES : sendHighWaterMark,
      receive: conflate && this.can('receive') ? HWM_CONFLATES : receiveHighWaterMark,
    };
  }

  /** @internal */
  get account(): SocketAccount {
    let flushed = this.#flushed;
    let dropped = this.#lost;
    for (const pipe of this.#pipes) {
      dropped += pipe.conflated;
      if (!pipe.local) {
        // There is still something to be read from a worker that has died, and nobody to send to.
        if (pipe.peerIsDead) dropped += pipe.unreadByPeer();
        continue;
      }
      // No binder comes any more.
      if (pipe.joined) flushed += pipe.written;
      else dropped += pipe.written;
    }
    const attachments = new Set([...this.#attachments.values()].flat());
    const endpoints = [...attachments].map(({ names }) => names[0]!);
    return { type: this.socketType, endpoints, flushed, dropped };
  }

  /** @internal */
  attachPipe(pipe: Pipe, unasked = false): void {
    // Made while the bind or connect was being taken back.
    if (pipe.listener !== 0 && !this.#listeners.has(pipe.listener)) {
      pipe.terminate();
      return;
    }
    pipe.events = this;
    pipe.linger = this.#options.linger;
    this.#pipes.add(pipe);
    pipe.enlist(this.#id);
    if (!pipe.local) {
      this.#sessions++;
      if (this.#wireType.raw !== true) pipe.startSmall();
    } else {
      this.#acquaint(pipe);
      const { helloMessage } = this.#options;
      // Over a wire each connection has its own: the session says it.
      if (helloMessage !== null) pipe.write([helloMessage]);
    }
    // Its maker may have left it, empty, before we came.
    if (!this.#pipes.has(pipe)) return;
    this.xattach(pipe, unasked);
    this.progress();
  }

  /** @internal */
  readActivated(pipe: Pipe): void {
    this.xreadActivated(pipe);
    this.progress();
  }

  /** @internal */
  writeActivated(pipe: Pipe): void {
    this.xwriteActivated(pipe);
    this.progress();
  }

  /** @internal */
  peerLeft(pipe: Pipe): void {
    this.xpeerLeft(pipe);
    this.progress();
  }

  /** @internal */
  pipeTerminated(pipe: Pipe): void {
    if (!this.#pipes.delete(pipe)) return;
    this.#listing.pipeEnded(pipe);
    this.#lost += pipe.conflated;
    if (pipe.local) this.#flushed += pipe.written;
    else this.#sessions--;
    if (!pipe.local && pipe.peerIsDead) {
      this.#lost += pipe.unreadByPeer();
      this.workersDied();
    }
    this.xterminated(pipe);
    // An end can be news for those who wait. Later, since a receive may be what came upon it.
    queueMicrotask(() => this.progress());
    // Proxies look at the end of cycles, and those of a blocked thread are all that it has.
    this.#noticeLater();
  }

  /** @internal */
  workersDied(): void {
    if (this.#released || this.#terminated || !this.#core.io.someDied) return;
    for (const { service } of this.#services()) {
      if (!isDead(this.#core.arena.words, service.slot)) continue;
      // At the end of the cycle: whoever tells it may be in the middle of something.
      this.#core.thread.watch(this.#restoreServices);
      this.#core.thread.again();
      return;
    }
  }

  /** @internal */
  contextTerminated(): void {
    if (this.#terminated) return;
    this.#terminated = true;
    this.#binds.reject('ETERM');
    this.#rejectPending(() => new ZmqError('ETERM'));
    this.#observer?.contextTerminated();
    this.notice();
  }

  /** @internal */
  contextEnded(): void {
    this.contextTerminated();
    // There is nobody to linger for.
    this.#release(0);
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  readonly #wantOfMemory: Hungry = { memoryFreed: () => this.workersDied() };

  *#services(): Generator<Attachment & { service: Service }> {
    for (const attachment of new Set([...this.#attachments.values()].flat())) {
      if (attachment.service !== undefined) yield attachment as Attachment & { service: Service };
    }
  }

  /** Has living I/O workers do what dead ones did: connects reconnect, binds rebind. */
  readonly #restoreServices = (): void => {
    const { thread, arena } = this.#core;
    thread.unwatch(this.#restoreServices);
    if (this.#released || this.#terminated) return;
    for (const { service } of this.#services()) {
      // What is not over yet is told when it is.
      if (!isDead(arena.words, service.slot) || !service.over) continue;
      try {
        service.restore();
      } catch (error) {
        if (!(error instanceof ZmqError)) throw error;
        // Without memory it is tried again when there is some. Without a worker there will be news when there is
        // one; if there were too many, never. Others may be for others.
        if (error.code === 'EMTHREAD') continue;
        if (error.code !== 'ENOMEM') throw error;
        if (thread.shortage.found(this.#wantOfMemory)) this.workersDied();
        return;
      }
    }
  };

  get #wireType(): SocketType {
    const type = this.#core.services.socketType(this.socketType);
    if (type === undefined) throw new ZmqError('EINVAL');
    return type;
  }

  #usable(): boolean {
    if (!this.#released) this.#core.thread.poll();
    return !this.#closed && !this.#terminated;
  }

  /** Tells whoever watches of what did not happen in a duty cycle; proxies act at the end of one. */
  #noticeLater(): void {
    if (this.#watchers === undefined || this.#watchers.size === 0) return;
    this.notice();
    this.#core.thread.again();
  }

  #resolve(
    address: string,
    role: 'bind' | 'connect',
  ): { endpoint: Endpoint; transport: Transport } {
    this.checkOpen();
    const endpoint = parseEndpoint(address);
    const transport = this.#core.services.transport(endpoint.scheme);
    if (transport === undefined) throw new ZmqError('EPROTONOSUPPORT', { address });
    const { name, schemes } = this.#wireType;
    const carries = transport.types?.[role].includes(name) ?? true;
    if (!carries || schemes?.includes(endpoint.scheme) === false) {
      throw new ZmqError('ENOCOMPATPROTO', { address });
    }
    if (transport.carrier === 'io' && transport.connectionless !== true)
      this.#checkBuffers(address);
    if (role === 'bind') transport.checkBind(endpoint);
    else transport.checkConnect(endpoint);
    return { endpoint, transport };
  }

  /** Of types that can use them over udp: nobody is to believe that he has them elsewhere. */
  #checkBuffers(address: string): void {
    const { sendBufferSize, receiveBufferSize } = this.#options;
    if (sendBufferSize === -1 && receiveBufferSize === -1) return;
    throw new ZmqError('ENOTSUP', {
      address,
      message: 'Buffer sizes are supported over udp alone',
    });
  }

  #bindInproc(endpoint: Endpoint): void {
    const name: InprocName = this.#core.bindInproc(endpoint.address, this);
    this.#remember(endpoint.text, 'bound', () => this.#core.unbindInproc(name));
    this.#lastEndpoint = endpoint.text;
  }

  /**
   * Asks an I/O worker to listen. The answer is acted on at once, in the cycle that brings it: the next
   * thing that cycle finds may be the first connection.
   */
  #requestBind(
    endpoint: Endpoint,
    transport: Transport,
    done: (error: Error | undefined) => void,
  ): void {
    const { affinity } = this.#options;
    const slot = this.#nextWorker(affinity, endpoint.text);
    this.#postBind(slot, endpoint.text, transport.module, (text) => {
      try {
        const answer = readBoundAnswer(text, endpoint.text);
        if (bind.pending) this.#bound(slot, affinity, endpoint, transport, answer);
        else this.#unwelcome(slot, answer.listener);
        this.#takePipe(answer);
        bind.settle(undefined);
      } catch (error) {
        bind.settle(error as Error);
      }
    });
    const bind = this.#binds.add(endpoint.text, done);
  }

  #postBind(
    slot: number,
    endpoint: string,
    module: string | undefined,
    answered: (text: string) => void,
  ): void {
    const { thread } = this.#core;
    const command: BindCommand = {
      endpoint,
      module,
      socket: this.#id,
      slot: thread.slot,
      thread: threadId,
      profile: this.#profile(),
    };
    thread.post(slot, COMMAND_BIND, JSON.stringify(command), answered);
  }

  #bound(
    slot: number,
    affinity: number,
    asked: Endpoint,
    transport: Transport,
    { endpoint, listener }: BoundAnswer,
  ): void {
    const { module } = transport;
    const place: Place = { slot, listener, left: false, affinity, module };
    const detach = (): void => {
      place.left = true;
      if (place.listener !== 0) this.#unwelcome(place.slot, place.listener);
    };
    const service: Service = {
      get slot() {
        return place.slot;
      },
      over: true,
      restore: () => this.#rebind(endpoint, place),
    };
    this.#listeners.set(listener, slot);
    const open = transport.isWildcard(asked);
    this.#remember(endpoint, 'bound', detach, open ? endpoint : asked.text, service);
    this.#lastEndpoint = endpoint;
    this.xbound(listener);
  }

  /** The pipe that comes with a bind where nobody connects. It is left if the bind has been taken back. */
  #takePipe({ pipe }: BoundAnswer): void {
    if (pipe !== undefined) this.#core.pipeArrived(pipe);
  }

  /** Binds once more what a worker had bound that has died: the same endpoint, whatever was a wildcard. */
  #rebind(endpoint: string, place: Place): void {
    const slot = this.#nextWorker(place.affinity);
    this.#postBind(slot, endpoint, place.module, (text) => {
      let answer: BoundAnswer;
      try {
        answer = readBoundAnswer(text, endpoint);
      } catch (error) {
        if (!(error instanceof ZmqError)) throw error;
        // If that worker has died, too, there will be news of it.
        if (place.left || this.#terminated || error.code === 'EMTHREAD') return;
        // Nobody waits for it, and somebody has to know.
        process.emitWarning(`${endpoint} could not be bound again: ${error.message}`, {
          code: 'LOOMWIRE_REBIND_FAILED',
          detail: error.code,
        });
        this.#detach(endpoint, 'bound');
        return;
      }
      const { listener } = answer;
      if (place.left) {
        this.#unwelcome(slot, listener);
        this.#takePipe(answer);
        return;
      }
      place.listener = listener;
      this.#listeners.set(listener, slot);
      this.xbound(listener);
      this.#takePipe(answer);
    });
    this.#listeners.delete(place.listener);
    place.slot = slot;
    place.listener = 0;
  }

  /** Takes a bind or connect back whose connections bring their pipes with them. */
  #unwelcome(slot: number, listener: number): void {
    this.#listeners.delete(listener);
    const command: UnbindCommand = { listener };
    this.#core.thread.post(slot, COMMAND_UNBIND, JSON.stringify(command), () => undefined);
    for (const pipe of [...this.#pipes]) if (pipe.listener === listener) this.#drop(pipe);
  }

  /** Has I/O workers bring a pipe with each connection that stands, as a listener gives them. */
  #connectImmediate(address: string, endpoint: Endpoint, module: string | undefined): void {
    const { affinity } = this.#options;
    const place: Place = { slot: 0, listener: 0, left: false, affinity, module };
    const open = (): void => {
      const slot = this.#nextWorker(affinity, endpoint.text);
      const listener = this.#core.nextConnecter();
      this.#postConnectImmediate(slot, listener, endpoint.text, module);
      this.#listeners.delete(place.listener);
      this.#listeners.set(listener, slot);
      place.slot = slot;
      place.listener = listener;
    };
    open();
    const service: Service = {
      get slot() {
        return place.slot;
      },
      over: true,
      restore: () => {
        open();
        this.xbound(place.listener);
      },
    };
    const detach = (): void => this.#unwelcome(place.slot, place.listener);
    this.#remember(address, 'connected', detach, address, service);
    this.xbound(place.listener);
  }

  #postConnectImmediate(
    slot: number,
    connecter: number,
    endpoint: string,
    module: string | undefined,
  ): void {
    const { thread } = this.#core;
    const command: ConnectImmediateCommand = {
      endpoint,
      module,
      socket: this.#id,
      slot: thread.slot,
      thread: threadId,
      profile: this.#profile(),
      connecter,
    };
    thread.post(slot, COMMAND_CONNECT_IMMEDIATE, JSON.stringify(command), () => undefined);
  }

  /** Has I/O workers keep a pipe connected to the endpoint. */
  #connectSession(
    address: string,
    endpoint: Endpoint,
    module: string | undefined,
    unasked: boolean,
  ): void {
    const { affinity } = this.#options;
    const { text } = endpoint;
    const attach = this.xconnecting((made) => this.attachPipe(made, unasked));
    const session = new ServedSession(this.#pipes, (): void => {
      const slot = this.#nextWorker(affinity, text);
      const pipe = this.#openSession(slot, text, module);
      session.opened(slot, pipe);
      attach(pipe);
    });
    session.restore();
    this.#remember(address, 'connected', () => this.#drop(session.pipe), address, session);
  }

  #openSession(slot: number, endpoint: string, module: string | undefined): Pipe {
    const { thread } = this.#core;
    const pipe = Pipe.create(thread, PIPE_SESSION, this.marks, slot, 0);
    const command: ConnectCommand = {
      endpoint,
      module,
      socket: this.#id,
      slot: thread.slot,
      thread: threadId,
      pipe: pipe.at,
      profile: this.#profile(),
    };
    thread.post(slot, COMMAND_CONNECT, JSON.stringify(command), () => undefined);
    return pipe;
  }

  #observe(): Observer {
    const observer = new Observer(this.#core, this.#id);
    try {
      for (const slot of this.#workers) observer.watch(slot);
    } catch (error) {
      observer.close();
      throw error;
    }
    if (this.#terminated) observer.contextTerminated();
    return observer;
  }

  /** Slot of the I/O worker for the next endpoint. It hears first whether its events are read. */
  #nextWorker(affinity: number, address?: string): number {
    const slot = this.#core.io.next(affinity, address);
    this.#workers.add(slot);
    if (isDiagnosed()) {
      const said = (event: Event): SocketDiagnostics => ({ socket: this, event });
      (this.#observer ??= this.#observe()).tap((event) => publish(event.type, said(event)));
    }
    this.#observer?.watch(slot);
    return slot;
  }

  #profile(): SocketProfile {
    const options = this.#options;
    const { name, peers, routed, routes, raw, publishes, subscribes } = this.#wireType;
    const marks = this.marks;
    return {
      type: name,
      peers,
      routingId: routed === true ? (options.routingId?.toString('hex') ?? '') : null,
      routes: routes === true,
      notified: options.routerNotify !== 0,
      raw: raw === true ? { notify: options.notify } : null,
      publishes: publishes === true,
      subscribes: subscribes ?? null,
      keepsMetadata: options.keepMetadata,
      metadata: options.metadata,
      sendHighWaterMark: marks.send,
      receiveHighWaterMark: marks.receive,
      linger: options.linger,
      reconnectInterval: options.reconnectInterval,
      reconnectMaxInterval: options.reconnectMaxInterval,
      handshakeInterval: options.handshakeInterval,
      maxMessageSize: options.maxMessageSize,
      backlog: options.backlog,
      heartbeatInterval: options.heartbeatInterval,
      heartbeatTimeToLive: options.heartbeatTimeToLive,
      heartbeatTimeout: options.heartbeatTimeout,
      ipv6: options.ipv6,
      connectTimeout: options.connectTimeout,
      socksProxy: options.socksProxy,
      socksUsername: options.socksUsername,
      socksPassword: options.socksPassword,
      tcpAcceptFilter: options.tcpAcceptFilter,
      tcpKeepalive: options.tcpKeepalive,
      tcpKeepaliveIdle: options.tcpKeepaliveIdle,
      tcpKeepaliveCount: options.tcpKeepaliveCount,
      tcpKeepaliveInterval: options.tcpKeepaliveInterval,
      typeOfService: options.typeOfService,
      reconnectStop: options.reconnectStop,
      helloMessage: options.helloMessage?.toString('hex') ?? null,
      hiccupMessage: options.hiccupMessage?.toString('hex') ?? null,
      multicastHops: options.multicastHops,
      multicastLoop: options.multicastLoop,
      sendBufferSize: options.sendBufferSize,
      receiveBufferSize: options.receiveBufferSize,
    };
  }

  /** Between threads there is no handshake: whoever has a routing id says it first of all. */
  #introduce(pipe: Pipe): void {
    const { routed, routes } = this.#wireType;
    if (routes === true) {
      const wish = this.#options.routerNotify === 0 ? TAKES_ID : TAKES_ANY_ID;
      this.#core.arena.words[pipe.at + PIPE_TAKES_ID] = wish;
    }
    if (routed === true) this.#sayRoutingId(pipe);
  }

  /** Introduces this socket to one that has connected to it; that one has done so already. */
  #acquaint(pipe: Pipe): void {
    const { routed, routes, publishes } = this.#wireType;
    if (routed === true && pipe.takesRoutingId !== 0) {
      this.#sayRoutingId(pipe, pipe.takesRoutingId === TAKES_ANY_ID);
    }
    // Who does not care for the other's name must not take it for a message.
    const deaf = routes !== true && publishes !== true;
    if (deaf && pipe.checkRead() && pipe.holdsSignal) pipe.read();
  }

  /** @param always also if there is none */
  #sayRoutingId(pipe: Pipe, always = false): void {
    const id = this.#options.routingId;
    if (id !== null || always) pipe.writeSignal(routingIdBody(id ?? EMPTY));
  }

  /** @param name another endpoint that it is known by, if there is one */
  #remember(
    address: string,
    kind: Attachment['kind'],
    detach: () => void,
    name: string = address,
    service?: Service,
  ): void {
    this.#attached = true;
    const names = name === address ? [address] : [address, name];
    const attachment: Attachment = { kind, names, detach, service };
    for (const each of attachment.names) {
      const list = this.#attachments.get(each);
      if (list === undefined) this.#attachments.set(each, [attachment]);
      else list.push(attachment);
    }
    this.#listing.endpoints(this.#endpoints());
  }

  #detach(address: string, kind: Attachment['kind']): void {
    if (typeof address !== 'string') throw new TypeError('Address must be a string');
    const attachment = this.#attachments.get(address)?.find((one) => one.kind === kind);
    if (attachment === undefined) throw new ZmqError('ENOENT', { address });
    for (const name of attachment.names) {
      const list = this.#attachments.get(name)!;
      list.splice(list.indexOf(attachment), 1);
      if (list.length === 0) this.#attachments.delete(name);
    }
    attachment.detach();
    this.#listing.endpoints(this.#endpoints());
  }

  /** What the socket is bound and connected to, each by the name with its parts resolved. */
  *#endpoints(): Generator<string> {
    for (const [name, attachments] of this.#attachments) {
      for (const { kind, names } of attachments) {
        const [resolved] = names;
        if (resolved === name) yield `${kind} ${name}`;
      }
    }
  }

  /** Leaves a pipe. */
  #drop(pipe: Pipe): void {
    this.pipeTerminated(pipe);
    pipe.terminate();
  }

  #rejectPending(reason: () => ZmqError): void {
    this.outgoing?.reject(reason);
    this.incoming?.reject(reason);
  }
}

function checkNumber(value: unknown): void {
  if (typeof value !== 'number') throw new TypeError('Option value must be a number');
}

/** A class that names itself would have another name in dist/lib: a bundler makes an expression of it. */
const BASE = Socket.prototype as unknown as { readonly xattach: unknown };

installOptions(Socket.prototype, optionNames('common'));

/**
 * Methods that a type lacks are absent from its TypeScript type; untyped code gets ENOTSUP. A class of one's own
 * that calls `super.send` gets here, too, before its pattern.
 */
for (const method of [
  ...['send', 'sendSync', 'trySend', 'sendMany', 'sendManySync'],
  ...['receive', 'receiveSync', 'tryReceive'],
  ...['receiveLease', 'receiveLeaseSync', 'tryReceiveLease'],
  ...['receiveInto', 'receiveIntoSync', 'tryReceiveInto'],
]) {
  Object.defineProperty(Socket.prototype, method, {
    configurable: true,
    writable: true,
    value: function lacking(this: Socket, ...args: unknown[]): unknown {
      const own = patternMember(this, method);
      if (typeof own !== 'function' || own === lacking) throw new ZmqError('ENOTSUP');
      return Reflect.apply(own, this, args) as unknown;
    },
  });
}
