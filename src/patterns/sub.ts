import type { MessageLike } from '../runtime/base/message.js';
import { type Heard, takeCodec, type SocketArguments, topical, decoded } from './coded.js';
import type { Decoder } from './codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type ReadableOptions,
  type SocketOptions,
  type SubscriberOptions,
} from './options.js';
import { installReadable, type Readable } from './readable.js';
import { Sieve } from './routing/sieve.js';
import { SubscribingSocket } from './subscribing-socket.js';
import { topicsOf } from './topics.js';

type Options = SocketOptions<CommonOptions & ReadableOptions & SubscriberOptions & ConflateOptions>;

export interface Subscriber<S = unknown, R = S>
  extends Readable<Heard<R>, Buffer[]>, SubscriberOptions, ConflateOptions {}

/**
 * Receives what its PUB and XPUB peers publish and it has subscribed to, from each of them in turn;
 * nothing at all without a subscription. RFC 29.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from 'loomwire';
 *
 * const publisher = new XPublisher();
 * await publisher.bind('tcp://127.0.0.1:*');
 * const subscriber = new Subscriber();
 * subscriber.subscribe('a');
 * subscriber.connect(publisher.lastEndpoint!);
 * await publisher.receive();
 * await publisher.send(['b', 'nobody wants it']);
 * await publisher.send(['a', 'somebody does']);
 * console.log((await subscriber.receive()).map(String)); // [ 'a', 'somebody does' ]
 * publisher.close();
 * subscriber.close();
 * ```
 */
export class Subscriber<S = unknown, R = S> extends SubscribingSocket {
  protected override readonly socketType = 'SUB';
  readonly #sieve = new Sieve(this, this.core.thread);

  public constructor(...args: SocketArguments<R, Options, Decoder<R>>) {
    const [options, codec] = takeCodec<Options>(args, 'decode');
    super(options, undefined, codec && decoded(topical(codec)));
  }

  /**
   * Subscribes to every message whose first part begins with one of the prefixes; to all messages if
   * none is given (ZMQ_SUBSCRIBE). Takes effect at once here, and at a publisher when it hears of it.
   * A prefix can be subscribed to more than once.
   * @throws ZmqError EMSGSIZE for a prefix larger than a pipe can hold; ETERM, EBADF
   */
  subscribe(...prefixes: MessageLike[]): void {
    this.checkOpen();
    this.addSubscriptions(topicsOf(prefixes));
  }

  /**
   * Takes back one subscription to each of the prefixes; the one to all messages if none is given
   * (ZMQ_UNSUBSCRIBE). A prefix without a subscription is passed over.
   */
  unsubscribe(...prefixes: MessageLike[]): void {
    this.checkOpen();
    this.removeSubscriptions(topicsOf(prefixes));
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#sieve.receive(views);
  }

  override xhasIn(): boolean {
    return this.#sieve.hasIn();
  }

  xnext(views?: boolean): Buffer[] | undefined {
    return this.fq.receive(views);
  }

  /** A publisher may have sent what was cancelled meanwhile. */
  xwants(message: readonly Buffer[]): boolean {
    return this.subscriptions.matches(message[0]!) !== this.optionValues.invertMatching;
  }
}

installReadable(Subscriber.prototype);
installOptions(Subscriber.prototype, ['invertMatching', 'conflate']);
