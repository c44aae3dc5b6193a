import { ZmqError } from '../runtime/base/errors.js';
import { longestMessage } from '../runtime/base/limits.js';
import { EMPTY } from '../runtime/base/message.js';
import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import {
  attachedBody,
  cancelBody,
  forgottenBody,
  rememberedBody,
  subscribeBody,
} from '../runtime/ring/signal-frame.js';
import { frameLength } from '../runtime/ring/frame.js';
import { Incoming } from './incoming.js';
import type { CommonOptions, ReadableOptions, SocketOptions } from './options.js';
import { PARTS, type Form, type Reading } from './reading.js';
import { Fq } from './routing/fq.js';
import { Subscriptions } from './routing/subscriptions.js';
import { Socket } from './socket.js';

export interface SubscribingSocket extends ReadableOptions {}

/** The bodies of the signals that tell publishers of a topic. */
type Words = Record<'subscribe' | 'cancel', (topic: Buffer) => Buffer>;

/** Those for sessions alone: publishers read of the topic elsewhere. */
const NOTES: Words = { subscribe: rememberedBody, cancel: forgottenBody };

/**
 * SUB, XSUB and DISH: they tell every publisher what they want, and take messages from each in turn. Over a
 * wire the session remembers what this socket has said, and says it again after a reconnection without
 * asking this thread.
 */
export abstract class SubscribingSocket extends Socket {
  protected override readonly incoming: Incoming<unknown>;
  protected readonly words: Words = { subscribe: subscribeBody, cancel: cancelBody };
  protected readonly subscriptions = new Subscriptions();
  protected readonly fq = new Fq();
  /** What each publisher has yet to be told. Only a pipe that has no room at all gets behind. */
  private readonly untold = new Map<Pipe, Buffer[]>();

  constructor(
    options?: SocketOptions<CommonOptions & ReadableOptions>,
    form: Form<unknown> = PARTS,
    copied?: Reading<unknown[]>,
  ) {
    // libzmq's default for them: their unsent subscriptions are of no use to anybody.
    super(options, { linger: 0 });
    this.incoming = new Incoming(this, this.core.thread, form, copied);
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.fq.receive(views);
  }

  override xhasIn(): boolean {
    return this.fq.hasIn();
  }

  /** Topics that are subscribed to (ZMQ_TOPICS_COUNT). */
  get topicsCount(): number {
    return this.subscriptions.size;
  }

  /**
   * @param topics kept, and not to be changed any more
   * @throws ZmqError EMSGSIZE if a topic is larger than any pipe of the context can hold
   */
  protected addSubscriptions(topics: readonly Buffer[]): void {
    for (const topic of topics) this.checkTopic(topic);
    for (const topic of topics) this.subscriptions.add(topic);
    this.tellAll('subscribe', topics);
  }

  /** @param verbose tell publishers also of what is still subscribed to, or never was */
  protected removeSubscriptions(topics: readonly Buffer[], verbose = false): void {
    this.tellAll(
      'cancel',
      topics.filter((topic) => this.subscriptions.remove(topic) || verbose),
    );
  }

  protected override xattach(pipe: Pipe): void {
    this.fq.attach(pipe);
    this.untold.set(pipe, []);
    for (const topic of this.subscriptions.topics()) this.tell(pipe, this.words.subscribe(topic));
    if (pipe.listener !== 0) this.tell(pipe, attachedBody());
  }

  protected override xbound(listener: number): void {
    this.tellListener(listener, 'subscribe', [...this.subscriptions.topics()]);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.fq.activate(pipe);
  }

  protected override xwriteActivated(pipe: Pipe): void {
    const waiting = this.untold.get(pipe);
    if (waiting !== undefined) for (const body of waiting.splice(0)) this.tell(pipe, body);
  }

  protected override xterminated(pipe: Pipe): void {
    this.fq.terminated(pipe);
    this.untold.delete(pipe);
  }

  /** The publishers that are there have been sent a message that says it; those who come are to hear of it, too. */
  protected noteTopic(kind: keyof Words, topic: Buffer): void {
    this.tellAll(kind, [topic], NOTES);
  }

  private tellAll(kind: keyof Words, topics: readonly Buffer[], words = this.words): void {
    for (const topic of topics) {
      const body = words[kind](topic);
      for (const pipe of this.untold.keys()) this.tell(pipe, body);
    }
    for (const listener of this.listeners) this.tellListener(listener, kind, topics);
  }

  private tell(pipe: Pipe, body: Buffer): void {
    const waiting = this.untold.get(pipe);
    if (waiting === undefined) return;
    // In order: nothing overtakes what waits.
    if (waiting.length > 0 || !pipe.writeSignal(body)) waiting.push(body);
  }

  /** @throws ZmqError EMSGSIZE if the topic is larger than any pipe of the context can hold */
  protected checkTopic(topic: Buffer): void {
    const length = frameLength(subscribeBody(EMPTY).length + topic.length);
    if (length <= longestMessage(this.core.arena.size)) return;
    throw new ZmqError('EMSGSIZE', {
      message: `A topic of ${topic.length} bytes is more than a pipe of this context can hold`,
    });
  }
}
