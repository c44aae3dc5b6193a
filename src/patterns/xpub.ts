import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import { longestMessage } from '../runtime/base/limits.js';
import type { Body, MessageLike } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { Incoming } from './incoming.js';
import {
  installOptions,
  type CommonOptions,
  type OptionName,
  type OptionValue,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
  type XPublisherOptions,
} from './options.js';
import { PublishingSocket, SUBSCRIBE_MESSAGE } from './publishing-socket.js';
import { installReadable, type Readable } from './readable.js';
import { frameLength } from '../runtime/ring/frame.js';
import { Subscribers } from './routing/subscribers.js';
import { topicsOf } from './topics.js';
import { installWritable, type Writable } from './writable.js';

export interface XPublisher extends Readable, Writable, XPublisherOptions {}

/** A message that `receive` has yet to give, and whose doing it is. */
interface Unreceived {
  readonly message: Buffer[];
  readonly pipe: Pipe;
  readonly metadata: PeerMetadata | undefined;
}

/**
 * A PUB that also receives: each topic's first subscription as the message `1, topic`, the end of its
 * last one as `0, topic`, or each of them with `verbosity`, and whatever an XSUB sends besides. A peer with
 * `receiveHighWaterMark` of them unreceived is not listened to until some are received. RFC 29.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from 'loomwire';
 *
 * const publisher = new XPublisher();
 * await publisher.bind('inproc://prices');
 * const subscriber = new Subscriber();
 * subscriber.connect('inproc://prices');
 * subscriber.subscribe('gold');
 * const [subscription] = await publisher.receive();
 * console.log(subscription![0], String(subscription!.subarray(1))); // 1 gold
 * publisher.close();
 * subscriber.close();
 * ```
 */
export class XPublisher extends PublishingSocket {
  protected override readonly socketType = 'XPUB';
  protected override readonly incoming: Incoming;
  readonly #unreceived: Unreceived[] = [];
  /** How many of them are each peer's. */
  readonly #counts = new Map<Pipe, number>();
  /** Peers that are not listened to: too much of theirs is unreceived. */
  readonly #stopped = new Set<Pipe>();
  /** With `manual`: what peers have asked for, which is not what they get. */
  readonly #asked = new Subscribers();
  /** Whose message was received last, unless it has left since. */
  #last: Pipe | undefined;
  /** Of the message that was received last. */
  #metadata: PeerMetadata | undefined;

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions & XPublisherOptions>,
  ) {
    super(options);
    this.incoming = new Incoming(this, this.core.thread);
  }

  /**
   * With `manual`: the peer whose message was received last gets what begins with one of the prefixes; all
   * messages if none is given. If it has left since, nothing happens. Of receives that wait side by side only the last
   * one counts: use one at a time.
   * @throws ZmqError EINVAL without `manual`; ETERM, EBADF
   */
  subscribe(...prefixes: MessageLike[]): void {
    const pipe = this.#subscriber();
    for (const topic of topicsOf(prefixes))
      if (pipe !== undefined) this.subscribers.add(topic, pipe);
    this.progress();
  }

  /** Takes `subscribe` back, for the peer whose message was received last. @throws ZmqError as `subscribe` */
  unsubscribe(...prefixes: MessageLike[]): void {
    const pipe = this.#subscriber();
    for (const topic of topicsOf(prefixes))
      if (pipe !== undefined) this.subscribers.remove(topic, pipe);
    this.progress();
  }

  /** @internal @throws ZmqError EMSGSIZE for a `welcomeMessage` larger than a pipe can hold */
  override setOption(name: OptionName, value: OptionValue): void {
    if (name === 'welcomeMessage' && value !== null) {
      const length = frameLength((value as Buffer).length);
      if (length > longestMessage(this.core.arena.size)) throw new ZmqError('EMSGSIZE');
    }
    super.setOption(name, value);
    // libzmq's one is both.
    if (name === 'manualLastValue') super.setOption('manual', value);
  }

  override xsend(bodies: readonly Body[]): boolean {
    const sent = super.xsend(bodies);
    if (sent && this.optionValues.manualLastValue) this.#last = undefined;
    return sent;
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#metadata;
  }

  override xrecv(): Buffer[] | undefined {
    if (!this.xhasIn()) return undefined;
    const { message, pipe, metadata } = this.#unreceived.shift()!;
    this.#metadata = metadata;
    this.#last = this.serves(pipe) ? pipe : undefined;
    const left = (this.#counts.get(pipe) ?? 1) - 1;
    if (left === 0) this.#counts.delete(pipe);
    else this.#counts.set(pipe, left);
    if (left <= this.marks.receive >>> 1 && this.#stopped.delete(pipe)) this.takeInLater(pipe);
    return message;
  }

  override xhasIn(): boolean {
    if (this.#unreceived.length === 0) this.takeInNow();
    return this.#unreceived.length > 0;
  }

  protected override match(first: Body): void {
    const { manualLastValue, invertMatching } = this.optionValues;
    const last = this.#last;
    if (!manualLastValue || last === undefined) super.match(first);
    else if (this.subscribers.matches(first, last) !== invertMatching) this.dist.match(last);
  }

  protected override mayTakeIn(pipe: Pipe): boolean {
    const { receive } = this.marks;
    const may = receive === 0 || (this.#counts.get(pipe) ?? 0) < receive;
    if (!may) this.#stopped.add(pipe);
    return may;
  }

  protected override xattach(pipe: Pipe): void {
    const { welcomeMessage } = this.optionValues;
    if (welcomeMessage !== null) pipe.write([welcomeMessage]);
    super.xattach(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    this.#asked.terminated(pipe);
    if (this.#last === pipe) this.#last = undefined;
    this.#counts.delete(pipe);
    this.#stopped.delete(pipe);
  }

  protected override get asked(): Subscribers {
    return this.optionValues.manual ? this.#asked : this.subscribers;
  }

  protected override topicChanged(
    kind: number,
    topic: Buffer,
    pipe: Pipe,
    news: boolean,
    before: readonly Buffer[] = [],
  ): boolean {
    if (!news && !this.#tells(kind)) return false;
    this.userMessage([...before, Buffer.concat([Buffer.of(kind), topic])], pipe);
    return true;
  }

  protected override userMessage(message: Buffer[], pipe: Pipe): void {
    this.#unreceived.push({ message, pipe, metadata: pipe.metadata });
    this.#counts.set(pipe, (this.#counts.get(pipe) ?? 0) + 1);
  }

  /** Is a subscription, or the end of one, told of also if it is no news? */
  #tells(kind: number): boolean {
    const { manual, verbosity } = this.optionValues;
    return (
      manual ||
      verbosity === 'allSubsUnsubs' ||
      (verbosity === 'allSubs' && kind === SUBSCRIBE_MESSAGE)
    );
  }

  #subscriber(): Pipe | undefined {
    this.checkOpen();
    if (!this.manual) {
      throw new ZmqError('EINVAL', {
        message: 'Only with `manual` does an XPUB say what its peers get',
      });
    }
    return this.#last;
  }
}

installReadable(XPublisher.prototype);
installWritable(XPublisher.prototype);
installOptions(XPublisher.prototype, [
  'noDrop',
  'invertMatching',
  'onlyFirstSubscribe',
  'verbosity',
  'manual',
  'manualLastValue',
  'welcomeMessage',
]);
