import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import { EMPTY, type Body } from '../runtime/base/message.js';
import type { OptionName, OptionValue } from '../runtime/base/options.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { Alternation } from './alternation.js';
import { type Received, type Sent, takeCodec, type SocketArguments } from './coded.js';
import type { Codec } from './codecs.js';
import type { Direction } from './direction.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type RequestOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import { OrderedSocket } from './ordered-socket.js';
import { PROBE } from './probe.js';
import { installReadable, type Readable } from './readable.js';
import { DELIMITER, Enveloper } from './routing/envelope.js';
import { Fq } from './routing/fq.js';
import { Lb } from './routing/lb.js';
import { installWritable, type Writable } from './writable.js';

type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & RequestOptions>;

export interface Request<S = unknown, R = S>
  extends Readable<Received<R>, Buffer[]>, Writable<Sent<S>>, RequestOptions {}

/** Of the frame that numbers a request, in bytes. */
const NUMBER_BYTES = 4;

/**
 * Sends a request to the next REP or ROUTER peer in turn and takes the reply from that peer alone:
 * send, receive, send, receive. With `relaxed` a request may follow another that has had no reply. RFC 28.
 *
 * @example
 * ```ts
 * import { Reply, Request } from 'loomwire';
 *
 * const reply = new Reply();
 * await reply.bind('inproc://greetings');
 * const request = new Request();
 * request.connect('inproc://greetings');
 * await request.send('Hello');
 * const [name] = await reply.receive();
 * await reply.send(`${String(name)}, World`);
 * console.log(String(await request.receive())); // Hello, World
 * request.close();
 * reply.close();
 * ```
 */
export class Request<S = unknown, R = S> extends OrderedSocket {
  protected override readonly socketType = 'REQ';
  protected override readonly order = new Alternation('send');
  readonly #lb = new Lb();
  readonly #fq = new Fq();
  /** Where the request went; undefined once that peer is gone, and then anyone may reply, as in libzmq. */
  #replier: Pipe | undefined;
  /** What the last request begins with: its number if it has one, and the empty frame. */
  #envelope: readonly Uint8Array[] = DELIMITER;
  readonly #enveloper = new Enveloper();
  /** Where numbers begin is of no matter, but two sockets should not have the same; libzmq's are random, too. */
  #number = Math.floor(Math.random() * 2 ** (8 * NUMBER_BYTES));

  public constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    if (!this.order.allows('send') && !this.#overtakes) return false;
    // Whatever has come since the last reply answers no question of ours.
    while (this.#fq.receive() !== undefined);
    const envelope = this.optionValues.correlate ? [this.#nextNumber, EMPTY] : DELIMITER;
    if (!this.#lb.send(this.#enveloper.join(envelope, bodies), waits)) return false;
    // Not before: each attempt to send the request must give it the same number.
    this.#number++;
    this.#envelope = envelope;
    this.#replier = this.#lb.last;
    this.carriedOut('send');
    return true;
  }

  override xabandon(): void {
    this.#lb.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    if (!this.order.allows('receive')) return undefined;
    for (;;) {
      const reply = this.#fq.receive(views);
      if (reply === undefined) return undefined;
      if (this.#replier !== undefined && this.#fq.last !== this.#replier) continue;
      // A reply begins as the request did, and has at least one more frame.
      const envelope = this.#envelope;
      if (reply.length <= envelope.length || !beginsWith(reply, envelope)) continue;
      for (let i = 0; i < envelope.length; i++) reply.shift();
      this.carriedOut('receive');
      return reply;
    }
  }

  override xhasIn(): boolean {
    return this.order.allows('receive') && this.#fq.hasIn();
  }

  override xhasOut(): boolean {
    return (this.order.allows('send') || this.optionValues.relaxed) && this.#lb.hasOut();
  }

  /** @internal @throws ZmqError EBUSY if `relaxed` is changed while calls wait that it would leave out of order */
  override setOption(name: OptionName, value: OptionValue): void {
    const changes = name === 'relaxed' && value !== this.optionValues.relaxed;
    if (changes && (this.waiting('send') > 0 || this.waiting('receive') > 1)) {
      throw new ZmqError('EBUSY', { message: 'Awaiting calls of the socket wait' });
    }
    super.setOption(name, value);
    // Whoever polls may send now.
    if (changes) this.notice();
  }

  override xcheckOrder(direction: Direction): void {
    if (direction === 'receive' || !this.optionValues.relaxed) super.xcheckOrder(direction);
  }

  override xplan(direction: Direction): void {
    if (!this.optionValues.relaxed) super.xplan(direction);
    else if (direction === 'receive') this.#checkExpected();
  }

  override xabandoned(order: number): void {
    if (!this.optionValues.relaxed) super.xabandoned(order);
    // A receive is legal after any request, but not after none.
    else if (!this.#asks) this.incoming.reject(() => new ZmqError('EFSM'));
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
    if (this.#replier === pipe) this.#replier = undefined;
  }

  /** May a request be sent at this moment whose predecessor has no reply? Until then that may still come. */
  get #overtakes(): boolean {
    return this.optionValues.relaxed && (this.#lb.underWay || this.#lb.hasOut());
  }

  /** Has a request been sent that has no reply yet, or does one wait to be sent? */
  get #asks(): boolean {
    return this.order.allows('receive') || this.outgoing.waiting > 0;
  }

  /** With `relaxed` there is one reply to come, however many requests were sent, and so one receive. */
  #checkExpected(): void {
    if (!this.#asks || this.incoming.waiting > 0) throw new ZmqError('EFSM');
  }

  get #nextNumber(): Buffer {
    const frame = Buffer.alloc(NUMBER_BYTES);
    frame.writeUInt32LE(this.#number >>> 0);
    return frame;
  }
}

function beginsWith(message: readonly Buffer[], envelope: readonly Uint8Array[]): boolean {
  for (let i = 0; i < envelope.length; i++) {
    const [ours, theirs] = [envelope[i]!, message[i]!];
    if (ours.length !== theirs.length || (ours.length > 0 && !theirs.equals(ours))) return false;
  }
  return true;
}

installReadable(Request.prototype);
installWritable(Request.prototype);
installOptions(Request.prototype, ['routingId', 'probeRouter', 'correlate', 'relaxed']);
