import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import type { Body } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal } from '../runtime/ring/signal-frame.js';
import { Incoming } from './incoming.js';
import {
  installOptions,
  NOTIFY_CONNECT,
  NOTIFY_DISCONNECT,
  type CommonOptions,
  type OptionName,
  type OptionValue,
  type ReadableOptions,
  type RouterOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import { Outgoing } from './outgoing.js';
import { PROBE } from './probe.js';
import { installReadable, type Readable } from './readable.js';
import { ConnectIds } from './routing/connect-ids.js';
import { Farewells } from './routing/farewells.js';
import { Fq } from './routing/fq.js';
import { InPieces } from './routing/in-pieces.js';
import { Routes } from './routing/routes.js';
import { Socket } from './socket.js';
import { installWritable, type Writable } from './writable.js';

export interface RouterConnectOptions {
  /** What this ROUTER calls the peer, whatever the peer calls itself (ZMQ_CONNECT_ROUTING_ID). Text is UTF-8. */
  routingId?: string | Uint8Array;
}

export interface Router extends Readable, Writable, RouterOptions {}

/**
 * Knows its REQ, DEALER and ROUTER peers by their routing ids: what it receives begins with the sender's
 * id, and what it sends goes to the peer whose id it begins with. Unless `mandatory`, messages for
 * nobody, or for a peer without room, are dropped and counted. RFC 28.
 *
 * @example
 * ```ts
 * import { Request, Router } from 'loomwire';
 *
 * const router = new Router({ mandatory: true });
 * await router.bind('inproc://questions');
 * const request = new Request();
 * request.connect('inproc://questions');
 * await request.send('who is there?');
 * const [id, empty, question] = await router.receive();
 * await router.send([id!, empty!, `you asked: ${String(question)}`]);
 * console.log(String(await request.receive())); // you asked: who is there?
 * request.close();
 * router.close();
 * ```
 */
export class Router extends Socket {
  protected override readonly socketType = 'ROUTER';
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();
  readonly #routes = new Routes();
  readonly #connectIds = new ConnectIds(this.#routes);
  readonly #pieces = new InPieces();
  readonly #farewells = new Farewells();
  /** Peers whose first frame has not come: it may be their id. */
  readonly #strangers = new Set<Pipe>();
  #dropped = 0;
  /** Of peers that have come or gone, not received yet. Undefined until `routerNotify` is first set: nobody looks. */
  #notices: Buffer[][] | undefined;
  /** Peers that have come, and not gone. */
  readonly #present = new Set<Pipe>();

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions & RouterOptions>,
  ) {
    super(options);
    this.outgoing = new Outgoing(this, this.core.thread);
    this.incoming = new Incoming(this, this.core.thread);
    if (this.routerNotify !== 0) this.#notices = [];
  }

  /** @internal */
  override setOption(name: OptionName, value: OptionValue): void {
    super.setOption(name, value);
    // Before the end of the constructor there are no fields yet, and no peers.
    if (name === 'routerNotify' && value !== 0 && #notices in this) this.#notices ??= [];
  }

  /** Messages that had no peer to go to, or found it without room. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * As `Socket.connect`.
   * @throws ZmqError EINVAL also if another peer has the routing id
   */
  override connect(address: string, options: RouterConnectOptions = {}): void {
    this.#connectIds.connect(address, options, () => super.connect(address));
  }

  /**
   * Is there room for a message to a peer at this moment (zmq_socket_get_peer_state)? Text is UTF-8.
   * @throws ZmqError EHOSTUNREACH if nobody has this routing id, EBUSY in a proxy, ETERM, EBADF
   */
  peerState(routingId: string | Uint8Array): { readonly writable: boolean } {
    this.checkOpen();
    const pipe = this.#reach(routingId);
    if (pipe === undefined) throw new ZmqError('EHOSTUNREACH');
    return { writable: !this.#pieces.underWay && pipe.checkWrite() };
  }

  /** @internal As an option of its own (ZMQ_CONNECT_ROUTING_ID). @param id has been checked */
  nameNextPeer(id: Buffer): void {
    this.#connectIds.forNext = id;
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    const pipe = this.#reach(bodies[0]!);
    if (pipe === undefined && this.mandatory) throw new ZmqError('EHOSTUNREACH');
    // An id with nothing behind it is no message; libzmq drops it, too.
    if (pipe === undefined || bodies.length === 1) {
      this.reportDropped(++this.#dropped);
      return true;
    }
    const message = bodies.slice(1);
    // What was begun goes on, whatever has been set since.
    if (this.mandatory || this.#pieces.underWay) return this.#pieces.send(pipe, message, waits);
    if (!pipe.write(message)) this.reportDropped(++this.#dropped);
    return true;
  }

  override xabandon(): void {
    this.#pieces.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    if (this.#notices !== undefined) this.#takeNotice();
    // First, since others may never stop; and behind the last message, as its pipe may have ended just now.
    const own = this.#farewells.any ? this.#farewells.next() : this.#notices?.shift();
    if (own !== undefined) return this.#fromNobody(own);
    const message = this.#fq.receive(views);
    if (message === undefined) return this.#fromNobody(this.#farewells.next());
    // A copy, since what was received belongs to the caller.
    message.unshift(Buffer.from(this.#routes.idOf(this.#fq.last!)!));
    return message;
  }

  override xhasIn(): boolean {
    if (this.#notices !== undefined) {
      this.#takeNotice();
      if (this.#notices.length > 0) return true;
    }
    return this.#farewells.any || this.#fq.hasIn() || this.#farewells.any;
  }

  override xhasOut(): boolean {
    if (this.#pieces.underWay) return false;
    if (!this.mandatory) return true;
    for (const pipe of this.#routes.all()) if (pipe.checkWrite()) return true;
    return false;
  }

  protected override xattach(pipe: Pipe): void {
    if (this.optionValues.probeRouter) pipe.write(PROBE);
    this.#strangers.add(pipe);
    // Messages may be sent to a peer that we have named, before it has said anything.
    const { current } = this.#connectIds;
    if (current !== undefined) this.#routes.admit(pipe, current, false);
    this.#meet(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    if (this.#strangers.has(pipe)) this.#meet(pipe);
    else this.#fq.activate(pipe);
  }

  protected override xpeerLeft(pipe: Pipe): void {
    // Nobody has read what it sent, and nobody would: it must not wait for its id for ever.
    if (this.#routes.waits(pipe)) this.refuse(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    const { disconnectMessage } = this.optionValues;
    const known = !this.#strangers.has(pipe) && !this.#routes.waits(pipe);
    this.#farewells.terminated(
      pipe,
      disconnectMessage,
      known ? this.#routes.idOf(pipe) : undefined,
    );
    this.#strangers.delete(pipe);
    this.#fq.terminated(pipe);
    this.#pieces.terminated(pipe);
    // Whom we have left ourselves is no news.
    if (pipe.peerEnded) this.#went(pipe);
    this.#present.delete(pipe);
    const heir = this.#routes.terminated(pipe);
    if (heir === undefined) return;
    // A stranger is attached when it has said something.
    if (!this.#strangers.has(heir)) {
      this.#fq.attach(heir);
      this.#admitted(heir);
    }
  }

  protected override xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    return this.#connectIds.naming(attach);
  }

  /** Where messages for an id go; undefined also if that peer has left, and was only not read to its end. */
  #reach(id: Body): Pipe | undefined {
    const pipe = this.#routes.pipeOf(id);
    return pipe?.peerEnded === true ? undefined : pipe;
  }

  /** Looks at a stranger's first frame, once there is one. */
  #meet(pipe: Pipe): void {
    const spoken = pipe.checkRead();
    // A thread that had a name to say would have said it before we came to know of its pipe.
    const nameless = this.#notices !== undefined && pipe.local && pipe.isAccepted;
    if (!spoken && !(nameless && !pipe.peerEnded)) return;
    this.#strangers.delete(pipe);
    const id = spoken && pipe.holdsSignal ? introduction(pipe.read()[0]!) : NONE;
    if (this.#routes.idOf(pipe) !== undefined) {
      this.#fq.attach(pipe);
      this.#admitted(pipe);
      return;
    }
    // Another came to the name that was meant for it, while an I/O worker was replaced.
    if (this.#routes.waits(pipe)) return;
    const admission = this.#routes.admit(pipe, id, this.handover);
    if (admission.outcome === 'waits') return;
    this.#fq.attach(pipe);
    if (admission.outcome === 'handover') {
      // Its id is another's already.
      if (this.#present.delete(admission.loser)) this.#note(pipe, NOTIFY_DISCONNECT);
      this.refuse(admission.loser);
    }
    this.#admitted(pipe);
  }

  /** What no peer has sent has no metadata. */
  #fromNobody(message: Buffer[] | undefined): Buffer[] | undefined {
    if (message !== undefined) this.#fq.forgetLast();
    return message;
  }

  // ── Notices ────────────────────────────────────────────────────────────────────────────────────

  /** A peer's messages are received from now on. */
  #admitted(pipe: Pipe): void {
    if (this.#notices === undefined) return;
    // Through the pipe of a connect comes one connection after the other: its session tells of each.
    if (pipe.local || pipe.listener !== 0) this.#came(pipe);
  }

  #came(pipe: Pipe): void {
    this.#present.add(pipe);
    this.#note(pipe, NOTIFY_CONNECT);
  }

  #went(pipe: Pipe): void {
    if (this.#present.delete(pipe)) this.#note(pipe, NOTIFY_DISCONNECT);
  }

  #note(pipe: Pipe, what: number): void {
    if ((this.routerNotify & what) === 0) return;
    this.#notices!.push([Buffer.from(this.#routes.idOf(pipe)!), Buffer.alloc(0)]);
  }

  /** Takes in what sessions have said, if it is their turn and nothing else waits. */
  #takeNotice(): void {
    while (this.#notices!.length === 0 && this.#fq.hasIn() && this.#fq.next!.holdsSignal) {
      const pipe = this.#fq.next!;
      const [body] = this.#fq.receive()!;
      const kind = parseSignal(body!)?.kind;
      if (kind === 'connected') this.#came(pipe);
      else if (kind === 'disconnected') this.#went(pipe);
    }
  }
}

const NONE = Buffer.alloc(0);

function introduction(body: Buffer): Buffer {
  const said = parseSignal(body);
  return said?.kind === 'routingId' ? said.id : NONE;
}

installReadable(Router.prototype);
installWritable(Router.prototype);
installOptions(Router.prototype, [
  'routingId',
  'probeRouter',
  'mandatory',
  'handover',
  'helloMessage',
  'disconnectMessage',
  'routerNotify',
]);
