import type { Body } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { incomingOf, outgoingOf, type AnyCodec } from './coded.js';
import type { Incoming } from './incoming.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import type { Outgoing } from './outgoing.js';
import { InPieces } from './routing/in-pieces.js';
import { Socket } from './socket.js';

/** The properties that `installReadable` and `installWritable` give the classes below. */
export interface ExclusiveSocket extends ReadableOptions, WritableOptions {}

/** PAIR and CHANNEL: one peer, and any further one is refused while it is there. */
export abstract class ExclusiveSocket extends Socket {
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  private pipe: Pipe | undefined;
  /** Of the pipe that was the last, if it is gone. */
  private gone: PeerMetadata | undefined;
  private readonly pieces = new InPieces();

  protected constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions>,
    codec?: AnyCodec,
  ) {
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    return this.pipe !== undefined && this.pieces.send(this.pipe, bodies, waits);
  }

  override xabandon(): void {
    this.pieces.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.pipe === undefined ? this.gone : this.pipe.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    const pipe = this.pipe;
    if (pipe?.checkRead() !== true) return undefined;
    return views === true ? pipe.readViews() : pipe.read();
  }

  override xrecvInto(room: Uint8Array): number {
    return this.pipe?.checkRead() === true ? this.pipe.readInto(room) : -1;
  }

  override xhasOut(): boolean {
    return !this.pieces.underWay && this.pipe?.checkWrite() === true;
  }

  override xhasIn(): boolean {
    return this.pipe?.checkRead() === true;
  }

  protected override xattach(pipe: Pipe): void {
    if (this.pipe === undefined) this.pipe = pipe;
    else this.refuse(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.pieces.terminated(pipe);
    if (this.pipe !== pipe) return;
    this.gone = pipe.metadata;
    this.pipe = undefined;
  }
}
