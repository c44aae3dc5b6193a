import { copyOf, type Body } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { Alternation } from './alternation.js';
import { type Received, type Sent, takeCodec, type SocketArguments } from './coded.js';
import type { Codec } from './codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type RoutingIdOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import { OrderedSocket } from './ordered-socket.js';
import { installReadable, type Readable } from './readable.js';
import { DELIMITER, Enveloper } from './routing/envelope.js';
import { Fq } from './routing/fq.js';
import { installWritable, type Writable } from './writable.js';

type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & RoutingIdOptions>;

export interface Reply<S = unknown, R = S>
  extends Readable<Received<R>, Buffer[]>, Writable<Sent<S>>, RoutingIdOptions {}

/**
 * Takes requests from its REQ and DEALER peers in turn, and sends each reply back the way its request
 * came: receive, send, receive, send. A reply to a peer that is gone is dropped. RFC 28.
 *
 * @example
 * ```ts
 * import { json, Reply, Request } from 'loomwire';
 *
 * const reply = new Reply<number, string>({ codec: json() });
 * await reply.bind('inproc://lengths');
 * const request = new Request<string, number>({ codec: json() });
 * request.connect('inproc://lengths');
 * const answer = request.send('how long?').then(() => request.receive());
 * await reply.send((await reply.receive()).length);
 * console.log(await answer); // 9
 * request.close();
 * reply.close();
 * ```
 */
export class Reply<S = unknown, R = S> extends OrderedSocket {
  protected override readonly socketType = 'REP';
  protected override readonly order = new Alternation('receive');
  readonly #fq = new Fq();
  /** Where the request came from; undefined once that peer is gone. */
  #requester: Pipe | undefined;
  /** The request's frames up to and including the empty one: the way back. */
  #envelope: readonly Uint8Array[] = DELIMITER;
  readonly #enveloper = new Enveloper();

  public constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options, codec);
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    if (!this.order.allows('receive')) return undefined;
    for (;;) {
      const request = this.#fq.receive(views);
      if (request === undefined) return undefined;
      const delimiter = delimiterOf(request);
      // Without an envelope, or with nothing in it, there is nothing to reply to.
      if (delimiter >= request.length - 1) continue;
      this.#requester = this.#fq.last;
      this.#envelope = takeEnvelope(request, delimiter, views === true);
      this.carriedOut('receive');
      return request;
    }
  }

  override xsend(bodies: readonly Body[]): boolean {
    if (!this.order.allows('send')) return false;
    const requester = this.#requester;
    if (requester?.write(this.#enveloper.join(this.#envelope, bodies)) === false) {
      // One that takes no more replies loses this one, rather than stop all others. But memory comes back.
      if (requester.awaitsMemory) return false;
    }
    this.#requester = undefined;
    this.#envelope = DELIMITER;
    this.carriedOut('send');
    return true;
  }

  override xhasIn(): boolean {
    return this.order.allows('receive') && this.#fq.hasIn();
  }

  override xhasOut(): boolean {
    return this.order.allows('send');
  }

  protected override xattach(pipe: Pipe): void {
    this.#fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.#fq.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#fq.terminated(pipe);
    if (this.#requester === pipe) this.#requester = undefined;
  }
}

/** Where the first empty frame is; the message's length if it has none. */
function delimiterOf(request: readonly Buffer[]): number {
  let at = 0;
  while (at < request.length && request[at]!.length > 0) at++;
  return at;
}

/** Takes the frames up to the delimiter off the request. @param views are they, as what follows them, not ours to keep? */
function takeEnvelope(request: Buffer[], delimiter: number, views: boolean): readonly Uint8Array[] {
  if (delimiter === 0) {
    // From a REQ that nothing stands before: most.
    request.shift();
    return DELIMITER;
  }
  const envelope = request.splice(0, delimiter + 1);
  return views ? envelope.map(copyOf) : envelope;
}

installReadable(Reply.prototype);
installWritable(Reply.prototype);
installOptions(Reply.prototype, ['routingId']);
