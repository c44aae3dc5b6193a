import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import { bodyLength, EMPTY, type Body, type MessageLike } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { Incoming } from './incoming.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type SocketOptions,
  type StreamOptions,
  type WritableOptions,
} from './options.js';
import { Outgoing } from './outgoing.js';
import { installReadable, type Readable } from './readable.js';
import { ConnectIds } from './routing/connect-ids.js';
import { Fq } from './routing/fq.js';
import { InPieces } from './routing/in-pieces.js';
import { Routes } from './routing/routes.js';
import { Socket } from './socket.js';
import { installWritable, type Writable } from './writable.js';

export interface StreamConnectOptions {
  /** What this STREAM calls the peer (ZMQ_CONNECT_ROUTING_ID). Text is UTF-8. */
  routingId?: string | Uint8Array;
}

/** The parts of a message: a routing id and data. */
const PARTS = 2;
const NONE: Buffer = Buffer.alloc(0);

export interface Stream
  extends
    Readable<[id: Buffer, data: Buffer]>,
    Writable<[id: MessageLike, data: MessageLike]>,
    StreamOptions {}

/**
 * Speaks plain TCP with peers that know nothing of ZeroMQ. Each connection has a routing id, and a message is such an id and
 * some bytes that came over its connection, or are to go there. With `notify` an empty message says that a connection
 * stands, and another that it is gone; whoever sends an empty message closes one.
 *
 * @example
 * ```ts
 * import { Stream } from 'loomwire';
 *
 * const server = new Stream();
 * await server.bind('tcp://127.0.0.1:*');
 * const client = new Stream();
 * client.connect(server.lastEndpoint!, { routingId: 'server' });
 * await client.send(['server', 'anybody there?']);
 * const [id, nothing] = await server.receive();
 * console.log(nothing.length); // 0
 * const [, question] = await server.receive();
 * console.log(String(question)); // anybody there?
 * await server.send([id, 'no']);
 * await server.send([id, '']);
 * for await (const [peer, data] of client) {
 *   if (data.length === 0) continue;
 *   console.log(String(peer), 'says', String(data)); // server says no
 *   break;
 * }
 * client.close();
 * server.close();
 * ```
 */
export class Stream extends Socket {
  protected override readonly socketType = 'STREAM';
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();
  readonly #routes = new Routes();
  readonly #connectIds = new ConnectIds(this.#routes);
  readonly #pieces = new InPieces();
  /** Of connections that were closed by a message, while what was sent before it may still go out. */
  readonly #closed = new WeakSet<Pipe>();
  /** Of connecters: they outlive a connection that is lost, and serve the next one. */
  readonly #lasting = new WeakSet<Pipe>();
  /** Whose last empty message has said that a connection stands. */
  readonly #standing = new Set<Pipe>();
  /** Ids of connections that were lost with their I/O worker, which has said nothing. */
  readonly #farewells: Buffer[] = [];

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions & StreamOptions>,
  ) {
    super(options);
    this.outgoing = new Outgoing(this, this.core.thread);
    this.incoming = new Incoming(this, this.core.thread);
  }

  /**
   * As `Socket.connect`.
   * @throws ZmqError EINVAL also if another peer has the routing id
   */
  override connect(address: string, options: StreamConnectOptions = {}): void {
    this.#connectIds.connect(address, options, () => super.connect(address));
  }

  /** @internal As an option of its own (ZMQ_CONNECT_ROUTING_ID). @param id has been checked */
  nameNextPeer(id: Buffer): void {
    this.#connectIds.forNext = id;
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    if (bodies.length !== PARTS) {
      throw new ZmqError('EINVAL', { message: 'A message is a routing id and data' });
    }
    const [id, data] = bodies as [Body, Body];
    const pipe = this.#routes.pipeOf(id);
    // One that has left, and was only not read to its end, would never have room again.
    if (pipe === undefined || pipe.peerEnded) throw new ZmqError('EHOSTUNREACH');
    if (bodyLength(data) > 0) return this.#pieces.send(pipe, [data], waits);
    return this.#close(pipe);
  }

  override xabandon(): void {
    this.#pieces.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    // First, since others may never stop; and behind the last message, as its pipe may have ended just now.
    const message = this.#takeFarewell() ?? this.#fq.receive(views);
    if (message === undefined) return this.#takeFarewell();
    if (this.#fq.last === undefined) return message;
    const pipe = this.#fq.last;
    // A copy, since what was received belongs to the caller.
    message.unshift(Buffer.from(this.#routes.idOf(pipe)!));
    if (message[1]!.length === 0) this.#noticed(pipe);
    return message;
  }

  override xhasIn(): boolean {
    return this.#farewells.length > 0 || this.#fq.hasIn() || this.#farewells.length > 0;
  }

  /** Whether there is room depends on whom a message is for. */
  override xhasOut(): boolean {
    return !this.#pieces.underWay;
  }

  protected override xattach(pipe: Pipe): void {
    const { outcome } = this.#routes.admit(pipe, this.#connectIds.current ?? NONE, false);
    // Another came to the name that was meant for it, while an I/O worker was replaced.
    if (outcome === 'admitted') this.#fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    if (this.#routes.idOf(pipe) !== undefined) this.#fq.activate(pipe);
  }

  protected override xpeerLeft(pipe: Pipe): void {
    // Nobody reads what is left in it.
    if (this.#routes.idOf(pipe) === undefined) this.refuse(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#pieces.terminated(pipe);
    if (this.#standing.has(pipe) && pipe.peerIsDead) {
      this.#farewells.push(Buffer.from(this.#routes.idOf(pipe)!));
    }
    this.#forget(pipe);
  }

  protected override xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    const name = this.#connectIds.naming(attach);
    let last: Pipe | undefined;
    return (pipe) => {
      // An I/O worker has died with a connection that was to be closed. It is.
      const closed = last !== undefined && this.#closed.has(last);
      last = pipe;
      this.#lasting.add(pipe);
      name(pipe);
      if (closed) this.refuse(pipe);
    };
  }

  /** No connection has sent it, so it has no metadata. */
  #takeFarewell(): Buffer[] | undefined {
    const id = this.#farewells.shift();
    if (id === undefined) return undefined;
    this.#fq.forgetLast();
    return [id, NONE];
  }

  /** The I/O worker has said that a connection stands, or that it is gone: one after the other they come and go. */
  #noticed(pipe: Pipe): void {
    if (!this.#standing.delete(pipe)) {
      this.#standing.add(pipe);
      return;
    }
    // Its session says so before it leaves the pipe: what is sent in between would be lost. It may have left by now,
    // and nobody would read on to the end of the pipe. A connecter's goes on.
    if (!this.#lasting.has(pipe)) this.refuse(pipe);
  }

  /** Closes a connection behind what was sent over it. False if that has to wait for room. */
  #close(pipe: Pipe): boolean {
    // Between threads there is no connection, and without anything unsent nothing to wait for.
    if (pipe.local || (pipe.producer.unpublished === 0 && pipe.producer.drained())) {
      this.refuse(pipe);
      return true;
    }
    // Its session closes it. The socket would otherwise have to leave the pipe now, and have nothing more to say
    // about how long it lingers.
    if (!pipe.write([EMPTY])) return false;
    this.#closed.add(pipe);
    this.#forget(pipe);
    return true;
  }

  /** From now on nothing is sent to it or received from it. */
  #forget(pipe: Pipe): void {
    this.#fq.terminated(pipe);
    this.#standing.delete(pipe);
    const heir = this.#routes.terminated(pipe);
    if (heir !== undefined) this.#fq.attach(heir);
  }
}

installReadable(Stream.prototype);
installWritable(Stream.prototype);
installOptions(Stream.prototype, ['notify']);
