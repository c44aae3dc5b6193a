import type { MessageLike } from '../runtime/base/message.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type ReadableOptions,
  type SocketOptions,
  type SubscriberOptions,
} from './options.js';
import { installReadable, type Readable } from './readable.js';
import { SubscribingSocket } from './subscribing-socket.js';
import { topicsOf } from './topics.js';

export interface Subscriber extends Readable, SubscriberOptions, ConflateOptions {}

/**
 * Messages nobody has subscribed to that are passed over at a stretch: a publisher that sends nothing
 * else must not keep a call from its timeout, or the thread from its event loop.
 */
const PASSED_OVER_MOST = 1000;

/**
 * Receives what its PUB and XPUB peers publish and it has subscribed to, from each of them in turn;
 * nothing at all without a subscription. RFC 29.
 */
export class Subscriber extends SubscribingSocket {
  protected override readonly socketType = 'SUB';
  /** A message that was found to be there, but has not been asked for yet. */
  #next: Buffer[] | undefined;
  #looksAgain = false;

  public constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & SubscriberOptions & ConflateOptions>,
  ) {
    super(options);
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
    const next = this.#next ?? this.#receive(views);
    this.#next = undefined;
    return next;
  }

  override xhasIn(): boolean {
    this.#next ??= this.#receive();
    return this.#next !== undefined;
  }

  /** A publisher may have sent what was cancelled meanwhile. */
  #receive(views?: boolean): Buffer[] | undefined {
    for (let passed = 0; passed < PASSED_OVER_MOST; passed++) {
      const message = this.fq.receive(views);
      if (message === undefined || this.#wants(message)) return message;
    }
    this.#lookAgain();
    return undefined;
  }

  #wants(message: readonly Buffer[]): boolean {
    return this.subscriptions.matches(message[0]!) !== this.optionValues.invertMatching;
  }

  /** There may be more, and nothing will announce it. */
  #lookAgain(): void {
    this.core.thread.again();
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    setImmediate(() => {
      this.#looksAgain = false;
      if (!this.closed) this.progress();
    });
  }
}

installReadable(Subscriber.prototype);
installOptions(Subscriber.prototype, ['invertMatching', 'conflate']);
