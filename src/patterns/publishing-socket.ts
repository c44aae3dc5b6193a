import type { Pipe } from '../runtime/pipe/pipe.js';
import type { Signal } from '../runtime/ring/signal-frame.js';
import { DistributingSocket } from './distributing-socket.js';
import type { OptionName, PublisherOptions } from './options.js';
import type { Subscribers } from './routing/subscribers.js';

/** How a subscription looks as a message: to peers before ZMTP 3.1, and to those who use XPUB and XSUB. */
export const SUBSCRIBE_MESSAGE = 1;
export const CANCEL_MESSAGE = 0;

export interface PublishingSocket extends PublisherOptions {}

/** PUB and XPUB: their peers subscribe to prefixes of the first part, in commands or in messages. */
export abstract class PublishingSocket extends DistributingSocket {
  /** @internal */
  override setOption(name: OptionName, value: number | boolean | string | null): void {
    super.setOption(name, value);
    // What has waited may be for others now.
    if (name === 'invertMatching') this.progress();
  }

  /**
   * A peer has subscribed or cancelled.
   * @param news is it the first who is interested in the topic, or was it the last?
   */
  protected abstract topicChanged(kind: number, topic: Buffer, pipe: Pipe, news: boolean): void;

  /** A peer has sent a message that is no subscription. */
  protected abstract userMessage(message: Buffer[], pipe: Pipe): void;

  protected override match(first: Uint8Array): void {
    this.subscribers.match(first);
    if (this.optionValues.invertMatching) this.dist.matchOthers();
  }

  protected override told(signal: Signal, pipe: Pipe): void {
    if (signal.kind === 'subscribe') this.subscribed(signal.topic, pipe);
    else if (signal.kind === 'cancel') this.cancelled(signal.topic, pipe);
  }

  protected override sent(message: Buffer[], pipe: Pipe): void {
    const first = message[0]!;
    if (message.length === 1 && first[0] === SUBSCRIBE_MESSAGE) {
      this.subscribed(first.subarray(1), pipe);
    } else if (message.length === 1 && first[0] === CANCEL_MESSAGE) {
      this.cancelled(first.subarray(1), pipe);
    } else {
      this.userMessage(message, pipe);
    }
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

  private subscribed(topic: Buffer, pipe: Pipe): void {
    this.topicChanged(SUBSCRIBE_MESSAGE, topic, pipe, this.asked.add(topic, pipe));
  }

  private cancelled(topic: Buffer, pipe: Pipe): void {
    this.topicChanged(CANCEL_MESSAGE, topic, pipe, this.asked.remove(topic, pipe));
  }
}
