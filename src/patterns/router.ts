import { ZmqError } from '../runtime/base/errors.js';
import type { Body } from '../runtime/base/message.js';
import { checkOption } from '../runtime/base/options.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal } from '../runtime/ring/signal-frame.js';
import { Incoming } from './incoming.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type RouterOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import { Outgoing } from './outgoing.js';
import { PROBE } from './probe.js';
import { installReadable, type Readable } from './readable.js';
import { Farewells } from './routing/farewells.js';
import { Fq } from './routing/fq.js';
import { InPieces } from './routing/in-pieces.js';
import { Routes } from './routing/routes.js';
import { Socket } from './socket.js';
import { installWritable, type Writable } from './writable.js';

export interface RouterConnectOptions {
  /** What this ROUTER calls the peer, whatever the peer calls itself (ZMQ_CONNECT_ROUTING_ID). */
  routingId?: string;
}

export interface Router extends Readable, Writable, RouterOptions {}

/**
 * Knows its REQ, DEALER and ROUTER peers by their routing ids: what it receives begins with the sender's
 * id, and what it sends goes to the peer whose id it begins with. Unless `mandatory`, messages for
 * nobody, or for a peer without room, are dropped and counted. RFC 28.
 */
export class Router extends Socket {
  protected override readonly socketType = 'ROUTER';
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();
  readonly #routes = new Routes();
  readonly #pieces = new InPieces();
  readonly #farewells = new Farewells();
  /** Peers whose first frame has not come: it may be their id. */
  readonly #strangers = new Set<Pipe>();
  /** The id that the `connect` under way is for. */
  #next: Buffer | undefined;
  /** The id that the next `connect` is for, if it names none itself. */
  #named: string | undefined;
  /** The id that the pipe which is being attached gets. */
  #connecting: Buffer | undefined;
  #dropped = 0;

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions & RouterOptions>,
  ) {
    super(options);
    this.outgoing = new Outgoing(this, this.core.thread);
    this.incoming = new Incoming(this, this.core.thread);
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
    const { routingId = this.#named } = options;
    this.#named = undefined;
    if (routingId === undefined) {
      super.connect(address);
      return;
    }
    checkOption('routingId', routingId);
    if (this.#routes.pipeOf(routingId) !== undefined) {
      throw new ZmqError('EINVAL', { address, message: `A peer is called ${routingId} already` });
    }
    this.#next = Buffer.from(routingId);
    try {
      super.connect(address);
    } finally {
      this.#next = undefined;
    }
  }

  /** @internal As an option of its own (ZMQ_CONNECT_ROUTING_ID). @param id has been checked */
  nameNextPeer(id: string): void {
    this.#named = id;
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

  override xrecv(views?: boolean): Buffer[] | undefined {
    // First, since others may never stop; and behind the last message, as its pipe may have ended just now.
    if (this.#farewells.any) return this.#farewells.next();
    const message = this.#fq.receive(views);
    if (message === undefined) return this.#farewells.next();
    // A copy, since what was received belongs to the caller.
    message.unshift(Buffer.from(this.#routes.idOf(this.#fq.last!)!));
    return message;
  }

  override xhasIn(): boolean {
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
    if (this.#connecting !== undefined) this.#routes.admit(pipe, this.#connecting, false);
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
    const heir = this.#routes.terminated(pipe);
    // A stranger is attached when it has said something.
    if (heir !== undefined && !this.#strangers.has(heir)) this.#fq.attach(heir);
  }

  /** Whatever I/O worker serves it, the peer keeps the name it was given. */
  protected override xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    const name = this.#next;
    if (name === undefined) return attach;
    return (pipe) => {
      this.#connecting = name;
      try {
        attach(pipe);
      } finally {
        this.#connecting = undefined;
      }
    };
  }

  /** Where messages for an id go; undefined also if that peer has left, and was only not read to its end. */
  #reach(id: Body): Pipe | undefined {
    const pipe = this.#routes.pipeOf(id);
    return pipe?.peerEnded === true ? undefined : pipe;
  }

  /** Looks at a stranger's first frame, once there is one. */
  #meet(pipe: Pipe): void {
    if (!pipe.checkRead()) return;
    this.#strangers.delete(pipe);
    const id = pipe.holdsSignal ? introduction(pipe.read()[0]!) : NONE;
    if (this.#routes.idOf(pipe) !== undefined) {
      this.#fq.attach(pipe);
      return;
    }
    // Another came to the name that was meant for it, while an I/O worker was replaced.
    if (this.#routes.waits(pipe)) return;
    const admission = this.#routes.admit(pipe, id, this.handover);
    if (admission.outcome === 'waits') return;
    this.#fq.attach(pipe);
    if (admission.outcome === 'handover') this.refuse(admission.loser);
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
]);
