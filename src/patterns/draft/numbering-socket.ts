import { Buffer } from 'node:buffer';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Body } from '../../runtime/base/message.js';
import type { PeerMetadata } from '../../runtime/base/peer-metadata.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { incomingWith, outgoingOf, topical, type AnyCodec } from '../coded.js';
import type { Incoming } from '../incoming.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from '../options.js';
import type { Outgoing } from '../outgoing.js';
import { withProperties } from '../reading.js';
import { Farewells } from '../routing/farewells.js';
import { Fq } from '../routing/fq.js';
import { InPieces } from '../routing/in-pieces.js';
import { Routes } from '../routing/routes.js';
import { Sieve } from '../routing/sieve.js';
import { Socket } from '../socket.js';
import { enclosing, type Enclose } from './addressed.js';
import { ADDRESSED_PARTS, checkParts } from './one-part.js';
import { ROUTING_ID_BYTES, routingIdOf, type ServerRoutingOptions } from './routing-id.js';

const NONE: Buffer = Buffer.alloc(0);

/** The properties that `installReadable` and `installAddressed` give the classes below. */
export interface NumberingSocket extends ReadableOptions, WritableOptions {}

/**
 * SERVER and PEER: they number their peers, take messages from each in turn, and send to the one whose number
 * a message has. To the pattern the number is a first part, which never gets into a pipe.
 */
export abstract class NumberingSocket extends Socket {
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming<ServerRoutingOptions>;
  protected readonly enclose: Enclose;
  private readonly fq = new Fq();
  private readonly routes = new Routes(ROUTING_ID_BYTES);
  private readonly pieces = new InPieces();
  private readonly farewells = new Farewells();
  private readonly sieve = new Sieve(this, this.core.thread);
  /** The id that the pipe which is being attached had before. */
  private kept: Buffer = NONE;
  /** The id of the peer that was connected to last. */
  protected connectedTo: Buffer | undefined;

  protected constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions>,
    codec?: AnyCodec,
  ) {
    super(options);
    const { thread } = this.core;
    this.outgoing = outgoingOf(this, thread, codec && topical(codec));
    this.incoming = incomingWith(this, thread, withProperties(routingIdOf), codec);
    this.enclose = enclosing(codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    checkParts(bodies, ADDRESSED_PARTS);
    const pipe = this.routes.pipeOf(bodies[0]!);
    // One that has left, and was only not read to its end, would never have room again.
    if (pipe === undefined || pipe.peerEnded) throw new ZmqError('EHOSTUNREACH');
    return this.pieces.send(pipe, [bodies[1]!], waits);
  }

  override xabandon(): void {
    this.pieces.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.sieve.receive(views);
  }

  override xhasIn(): boolean {
    return this.sieve.hasIn();
  }

  /** Whether there is room depends on whom a message is for. */
  override xhasOut(): boolean {
    return !this.pieces.underWay;
  }

  xnext(views?: boolean): Buffer[] | undefined {
    // First, since others may never stop; and behind the last message, as its pipe may have ended just now.
    if (this.farewells.any) return this.farewells.next();
    const message = this.fq.receive(views);
    if (message === undefined) return this.farewells.next();
    message.unshift(this.routes.idOf(this.fq.last!)!);
    return message;
  }

  xwants(message: readonly Buffer[]): boolean {
    return message.length === ADDRESSED_PARTS;
  }

  protected override xattach(pipe: Pipe): void {
    const { routes, kept } = this;
    routes.admit(pipe, routes.pipeOf(kept) === undefined ? kept : NONE, false);
    this.fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.fq.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    const { disconnectMessage } = this.optionValues;
    this.farewells.terminated(pipe, disconnectMessage, this.routes.idOf(pipe));
    this.fq.terminated(pipe);
    this.pieces.terminated(pipe);
    this.routes.terminated(pipe);
  }

  /** Whatever I/O worker serves it, the peer keeps its number. */
  protected override xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    let id = NONE;
    return (pipe) => {
      this.kept = id;
      try {
        attach(pipe);
      } finally {
        this.kept = NONE;
      }
      id = this.routes.idOf(pipe) ?? id;
      this.connectedTo = id;
    };
  }
}
