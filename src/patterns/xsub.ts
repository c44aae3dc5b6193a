import { Buffer } from 'node:buffer';
import type { Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
  type XSubscriberOptions,
} from './options.js';
import { Outgoing } from './outgoing.js';
import { isTopicMessage, SUBSCRIBE_MESSAGE } from './publishing-socket.js';
import { installReadable, type Readable } from './readable.js';
import { Dist } from './routing/dist.js';
import { SubscribingSocket } from './subscribing-socket.js';
import { installWritable, type Writable } from './writable.js';

/** What a part says to a publisher. */
interface Saying {
  readonly subscribes: boolean;
  /** A copy. */
  readonly topic: Buffer;
}

export interface XSubscriber extends Readable, Writable, XSubscriberOptions {}

/**
 * A SUB that subscribes by sending: a part `1, topic` subscribes, `0, topic` cancels; any other message goes to
 * every publisher as it is. It receives whatever they send. RFC 29.
 *
 * @example
 * ```ts
 * import { Publisher, XSubscriber } from 'loomwire';
 *
 * const publisher = new Publisher();
 * await publisher.bind('inproc://prices');
 * const subscriber = new XSubscriber();
 * subscriber.connect('inproc://prices');
 * await subscriber.send(Buffer.from('\u0001gold'));
 * await publisher.send(['gold', '2,400']);
 * console.log((await subscriber.receive()).map(String)); // [ 'gold', '2,400' ]
 * publisher.close();
 * subscriber.close();
 * ```
 */
export class XSubscriber extends SubscribingSocket {
  protected override readonly socketType = 'XSUB';
  protected override readonly outgoing: Outgoing;
  readonly #dist = new Dist((dropped) => this.reportDropped(dropped));

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions & XSubscriberOptions>,
  ) {
    super(options);
    this.outgoing = new Outgoing(this, this.core.thread);
  }

  /** Messages that some publisher has lost because its pipe was full, one for each. */
  get dropped(): number {
    return this.#dist.dropped;
  }

  override xsend(bodies: readonly Body[]): boolean {
    const { onlyFirstSubscribe } = this.optionValues;
    const says = onlyFirstSubscribe ? isTopicMessage(bodies[0]!) : bodies.some(isTopicMessage);
    if (!says) this.#sendToAll(bodies);
    else if (bodies.every(isTopicMessage)) this.#change(bodies.map(sayingOf));
    else this.#sendMixed(bodies);
    return true;
  }

  override xrecvInto(room: Uint8Array): number {
    return this.fq.receiveInto(room);
  }

  override xhasOut(): boolean {
    return true;
  }

  protected override xattach(pipe: Pipe): void {
    this.#dist.attach(pipe);
    super.xattach(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    this.#dist.terminated(pipe);
  }

  #change(sayings: readonly Saying[]): void {
    for (const { topic } of sayings) this.checkTopic(topic);
    for (const { subscribes, topic } of sayings) {
      if (subscribes) this.addSubscriptions([topic]);
      else this.removeSubscriptions([topic], this.optionValues.verboseUnsubscribe);
    }
  }

  /**
   * The publishers that are there read it as a whole, each by its own option; those who come later hear of the topics
   * as of any other. What ends nothing is left out.
   */
  #sendMixed(bodies: readonly Body[]): void {
    const { verboseUnsubscribe } = this.optionValues;
    const sayings = bodies.map((body) => (isTopicMessage(body) ? sayingOf(body) : undefined));
    for (const saying of sayings) if (saying !== undefined) this.checkTopic(saying.topic);
    const news: Saying[] = [];
    const sent = bodies.filter((_, index) => {
      const saying = sayings[index];
      if (saying === undefined) return true;
      if (saying.subscribes) this.subscriptions.add(saying.topic);
      else if (!this.subscriptions.remove(saying.topic)) return verboseUnsubscribe;
      news.push(saying);
      return true;
    });
    this.#sendToAll(sent);
    for (const { subscribes, topic } of news) {
      this.noteTopic(subscribes ? 'subscribe' : 'cancel', topic);
    }
  }

  #sendToAll(bodies: readonly Body[]): void {
    this.#dist.matchAll();
    this.#dist.send(bodies);
  }
}

function sayingOf(part: Body): Saying {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part;
  return { subscribes: bytes[0] === SUBSCRIBE_MESSAGE, topic: Buffer.from(bytes.subarray(1)) };
}

installReadable(XSubscriber.prototype);
installWritable(XSubscriber.prototype);
installOptions(XSubscriber.prototype, ['verboseUnsubscribe', 'onlyFirstSubscribe']);
