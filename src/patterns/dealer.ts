import type { Body } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import {
  incomingOf,
  outgoingOf,
  type Received,
  type Sent,
  takeCodec,
  type SocketArguments,
} from './coded.js';
import type { Codec } from './codecs.js';
import type { Incoming } from './incoming.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type HelloOptions,
  type HiccupOptions,
  type ProbeRouterOptions,
  type ReadableOptions,
  type RoutingIdOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import type { Outgoing } from './outgoing.js';
import { PROBE } from './probe.js';
import { installReadable, type Readable } from './readable.js';
import { Fq } from './routing/fq.js';
import { Lb } from './routing/lb.js';
import { Socket } from './socket.js';
import { installWritable, type Writable } from './writable.js';

type DealerOptions = RoutingIdOptions &
  ProbeRouterOptions &
  ConflateOptions &
  HelloOptions &
  HiccupOptions;
type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & DealerOptions>;

export interface Dealer<S = unknown, R = S>
  extends Readable<Received<R>, Buffer[]>, Writable<Sent<S>>, DealerOptions {}

/**
 * Deals messages out to its REP, DEALER and ROUTER peers in turn, waiting while none has room, and
 * takes messages from them in turn, in any order of sending and receiving. RFC 28.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from 'loomwire';
 *
 * const router = new Router();
 * await router.bind('inproc://jobs');
 * const dealer = new Dealer({ routingId: 'worker' });
 * dealer.connect('inproc://jobs');
 * await dealer.send('ready');
 * const [worker, said] = await router.receive();
 * console.log(String(worker), String(said)); // worker ready
 * await router.send([worker!, 'a job']);
 * await router.send([worker!, 'another']);
 * console.log(String(await dealer.receive())); // a job
 * dealer.close();
 * router.close();
 * ```
 */
export class Dealer<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'DEALER';
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  readonly #lb = new Lb();
  readonly #fq = new Fq();

  constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    return this.#lb.send(bodies, waits);
  }

  override xabandon(): void {
    this.#lb.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#fq.receive(views);
  }

  override xrecvInto(room: Uint8Array): number {
    return this.#fq.receiveInto(room);
  }

  override xhasOut(): boolean {
    return this.#lb.hasOut();
  }

  override xhasIn(): boolean {
    return this.#fq.hasIn();
  }

  protected override xattach(pipe: Pipe): void {
    if (this.optionValues.probeRouter) pipe.write(PROBE);
    this.#lb.attach(pipe);
    this.#fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.#fq.activate(pipe);
  }

  protected override xwriteActivated(pipe: Pipe): void {
    this.#lb.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#lb.terminated(pipe);
    this.#fq.terminated(pipe);
  }
}

installReadable(Dealer.prototype);
installWritable(Dealer.prototype);
installOptions(Dealer.prototype, [
  'routingId',
  'probeRouter',
  'conflate',
  'helloMessage',
  'hiccupMessage',
]);
