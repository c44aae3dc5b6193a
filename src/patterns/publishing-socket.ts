import type { Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import type { Signal } from '../runtime/ring/signal-frame.js';
import { DistributingSocket } from './distributing-socket.js';
import type { OptionName, OptionValue, PublisherOptions } from './options.js';
import type { Subscribers } from './routing/subscribers.js';

/** How a subscription looks as a message: to peers before ZMTP 3.1, and to those who use XPUB and XSUB. */
export const SUBSCRIBE_MESSAGE = 1;
export const CANCEL_MESSAGE = 0;

/** Does a part subscribe or cancel, where one can? */
export function isTopicMessage(part: Body): boolean {
  // Of nothing the first byte is neither.
  return (typeof part === 'string' ? part.charCodeAt(0) : part[0]!) <= SUBSCRIBE_MESSAGE;
}

export interface PublishingSocket extends PublisherOptions {}

/** PUB and XPUB: their peers subscribe to prefixes of the first part, in commands or in messages. */
export abstract class PublishingSocket extends DistributingSocket {
  /** @internal */
  override setOption(name: OptionName, value: OptionValue): void {
    super.setOption(name, value);
    // What has waited may be for others now.
    if (name === 'invertMatching') this.progress();
  }

  /**
   * A peer has subscribed or cancelled.
   * @param news is it the first who is interested in the topic, or was it the last?
   * @param before parts of the same message that say nothing, and that nobody has received
   * @returns is it received, behind those?
   */
  protected abstract topicChanged(
    kind: number,
    topic: Buffer,
    pipe: Pipe,
    news: boolean,
    before?: readonly Buffer[],
  ): boolean;

  /** A peer has sent a message that is no subscription. */
  protected abstract userMessage(message: Buffer[], pipe: Pipe): void;

  protected override match(first: Body): void {
    this.subscribers.match(first);
    if (this.optionValues.invertMatching) this.dist.matchOthers();
  }

  protected override told(signal: Signal, pipe: Pipe): void {
    if (signal.kind === 'subscribe') this.subscribed(signal.topic, pipe);
    else if (signal.kind === 'cancel') this.cancelled(signal.topic, pipe);
  }

  protected override sent(message: Buffer[], pipe: Pipe): void {
    const { onlyFirstSubscribe } = this.optionValues;
    const says = onlyFirstSubscribe ? isTopicMessage(message[0]!) : message.some(isTopicMessage);
    if (!says) {
      this.userMessage(message, pipe);
      return;
    }
    // As libzmq's: a part that is told of ends what is received as one message, and one that is not leaves no trace.
    let unreceived: Buffer[] = [];
    for (const part of message) {
      if (!isTopicMessage(part)) unreceived.push(part);
      else if (this.said(part, pipe, unreceived)) unreceived = [];
    }
    if (unreceived.length > 0) this.userMessage(unreceived, pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    const { asked, subscribers } = this;
    asked.terminated(pipe, (topic, last) => this.topicChanged(CANCEL_MESSAGE, topic, pipe, last));
    if (asked !== subscribers) subscribers.terminated(pipe);
  }

  /** Topics that some peer gets (ZMQ_TOPICS_COUNT). */
  get topicsCount(): number {
    return this.subscribers.size;
  }

  /** Who has asked for what, which need not be what they get. */
  protected get asked(): Subscribers {
    return this.subscribers;
  }

  private said(part: Buffer, pipe: Pipe, before: readonly Buffer[]): boolean {
    const topic = part.subarray(1);
    if (part[0] === SUBSCRIBE_MESSAGE) return this.subscribed(topic, pipe, before);
    return this.cancelled(topic, pipe, before);
  }

  private subscribed(topic: Buffer, pipe: Pipe, before?: readonly Buffer[]): boolean {
    return this.topicChanged(SUBSCRIBE_MESSAGE, topic, pipe, this.asked.add(topic, pipe), before);
  }

  private cancelled(topic: Buffer, pipe: Pipe, before?: readonly Buffer[]): boolean {
    return this.topicChanged(CANCEL_MESSAGE, topic, pipe, this.asked.remove(topic, pipe), before);
  }
}
