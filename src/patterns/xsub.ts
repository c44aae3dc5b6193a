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
import { CANCEL_MESSAGE, SUBSCRIBE_MESSAGE } from './publishing-socket.js';
import { installReadable, type Readable } from './readable.js';
import { Dist } from './routing/dist.js';
import { SubscribingSocket } from './subscribing-socket.js';
import { installWritable, type Writable } from './writable.js';

export interface XSubscriber extends Readable, Writable, XSubscriberOptions {}

/**
 * A SUB that subscribes by sending: `1, topic` subscribes, `0, topic` cancels, in one part; any other
 * message goes to every publisher as it is. It receives whatever they send. RFC 29.
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
    const first = bodies[0]!;
    const message = typeof first === 'string' ? Buffer.from(first) : first;
    if (bodies.length === 1 && message[0] === SUBSCRIBE_MESSAGE) {
      this.addSubscriptions([Buffer.from(message.subarray(1))]);
    } else if (bodies.length === 1 && message[0] === CANCEL_MESSAGE) {
      const { verboseUnsubscribe } = this.optionValues;
      this.removeSubscriptions([Buffer.from(message.subarray(1))], verboseUnsubscribe);
    } else {
      this.#dist.matchAll();
      this.#dist.send(bodies);
    }
    return true;
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
}

installReadable(XSubscriber.prototype);
installWritable(XSubscriber.prototype);
installOptions(XSubscriber.prototype, ['verboseUnsubscribe']);
