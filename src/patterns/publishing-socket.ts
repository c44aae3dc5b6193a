import type { Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal } from '../runtime/ring/signal-frame.js';
import type {
  CommonOptions,
  OptionName,
  PublisherOptions,
  SocketOptions,
  WritableOptions,
} from './options.js';
import { Outgoing } from './outgoing.js';
import { Dist } from './routing/dist.js';
import { Subscribers } from './routing/subscribers.js';
import { Socket } from './socket.js';

/** How a subscription looks as a message: to peers before ZMTP 3.1, and to those who use XPUB and XSUB. */
export const SUBSCRIBE_MESSAGE = 1;
export const CANCEL_MESSAGE = 0;

/** What is taken in from one peer at a stretch: one that never stops leaves the thread to all others. */
const TAKEN_AT_ONCE = 100;

export interface PublishingSocket extends WritableOptions, PublisherOptions {}

/**
 * PUB and XPUB: each message goes to every peer with a subscription that it begins with, and is lost
 * to those whose pipe is full; with `noDrop` it waits until none of them is. Subscriptions are taken in whenever the socket's thread calls the library
 * or returns to its event loop.
 */
export abstract class PublishingSocket extends Socket {
  protected override readonly outgoing: Outgoing;
  private readonly dist = new Dist((dropped) => this.reportDropped(dropped));
  /** Who gets what. */
  protected readonly subscribers = new Subscribers(this.dist);
  /** Peers that had more to say when it was others' turn. */
  private readonly untaken = new Set<Pipe>();
  private readonly takeInMore = (): void => {
    for (const pipe of [...this.untaken]) this.takeIn(pipe);
    if (this.untaken.size === 0) this.core.thread.unwatch(this.takeInMore);
    else this.core.thread.again();
  };

  constructor(options?: SocketOptions<CommonOptions & WritableOptions & PublisherOptions>) {
    super(options);
    this.outgoing = new Outgoing(this, this.core.thread);
  }

  /** Messages that some peer has lost because its pipe was full, one for each peer. */
  get dropped(): number {
    return this.dist.dropped;
  }

  /** @internal */
  override setOption(name: OptionName, value: number | boolean | string | null): void {
    super.setOption(name, value);
    // What has waited may have nobody to wait for now.
    if (name === 'noDrop' || name === 'invertMatching') this.progress();
  }

  override xsend(bodies: readonly Body[]): boolean {
    // Whoever only sends, and never waits, gives the duty cycle no turn for it.
    if (this.untaken.size > 0) this.takeInMore();
    const topic = bodies[0]!;
    if (typeof topic !== 'string') {
      this.match(topic);
      return this.distribute(bodies);
    }
    // Its bytes are compared with the subscriptions, and may be written to many pipes.
    const bytes = Buffer.from(topic);
    this.match(bytes);
    return this.dist.matches === 0 || this.distribute([bytes, ...bodies.slice(1)]);
  }

  override xhasOut(): boolean {
    return true;
  }

  /**
   * A peer has subscribed or cancelled.
   * @param news is it the first who is interested in the topic, or was it the last?
   */
  protected abstract topicChanged(kind: number, topic: Buffer, pipe: Pipe, news: boolean): void;

  /** A peer has sent a message that is no subscription. */
  protected abstract userMessage(message: Buffer[], pipe: Pipe): void;

  /** May more be taken in from the peer? If not, `takeInLater` when it may. */
  protected abstract mayTakeIn(pipe: Pipe): boolean;

  /** Is its peer still there? */
  protected serves(pipe: Pipe): boolean {
    return this.dist.has(pipe);
  }

  /** Takes more in soon, from a peer that had to wait. */
  protected takeInLater(pipe: Pipe): void {
    if (this.untaken.size === 0) this.core.thread.watch(this.takeInMore);
    this.untaken.add(pipe);
    this.core.thread.again();
  }

  /** Takes in what peers have yet to say, for a caller who waits for it. */
  protected takeInNow(): void {
    if (this.untaken.size > 0) this.takeInMore();
  }

  protected override xattach(pipe: Pipe): void {
    this.dist.attach(pipe);
    this.takeIn(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.takeIn(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.dist.terminated(pipe);
    this.untaken.delete(pipe);
    const { asked, subscribers } = this;
    asked.terminated(pipe, (topic, last) => this.topicChanged(CANCEL_MESSAGE, topic, pipe, last));
    if (asked !== subscribers) subscribers.terminated(pipe);
  }

  private takeIn(pipe: Pipe): void {
    for (let taken = 0; taken < TAKEN_AT_ONCE; taken++) {
      if (!this.mayTakeIn(pipe) || !pipe.checkRead()) {
        this.untaken.delete(pipe);
        return;
      }
      this.takeOne(pipe);
    }
    this.takeInLater(pipe);
  }

  private takeOne(pipe: Pipe): void {
    const signal = pipe.holdsSignal;
    const message = pipe.read();
    const first = message[0]!;
    if (signal) {
      const said = parseSignal(first);
      if (said?.kind === 'subscribe') this.subscribed(said.topic, pipe);
      else if (said?.kind === 'cancel') this.cancelled(said.topic, pipe);
    } else if (message.length === 1 && first[0] === SUBSCRIBE_MESSAGE) {
      this.subscribed(first.subarray(1), pipe);
    } else if (message.length === 1 && first[0] === CANCEL_MESSAGE) {
      this.cancelled(first.subarray(1), pipe);
    } else {
      this.userMessage(message, pipe);
    }
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

  /** Finds whom the next message is for. */
  private match(topic: Uint8Array): void {
    this.subscribers.match(topic);
    if (this.optionValues.invertMatching) this.dist.matchOthers();
  }

  /** False if it has to wait for somebody. */
  private distribute(bodies: readonly Body[]): boolean {
    if (this.optionValues.noDrop && !this.dist.checkRoom(bodies)) return false;
    this.dist.send(bodies);
    return true;
  }
}
