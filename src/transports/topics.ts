import { Buffer } from 'node:buffer';
import type { Subscribed } from '../runtime/context/services.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal } from '../runtime/ring/signal-frame.js';
import {
  encodeCancel,
  encodeCancelMessage,
  encodeJoin,
  encodeLeave,
  encodeSubscribe,
  encodeSubscribeMessage,
} from './zmtp/commands.js';

/** Changes go out in writes of about this many bytes; what a new publisher has to hear, in one. */
const BATCH_BYTES = 64 * 1024;
type Kind = 'subscribe' | 'cancel';

/** How a publisher is told: a frame for each topic. */
type Words = Record<Kind, (topic: Uint8Array) => Buffer>;

const COMMANDS: Words = { subscribe: encodeSubscribe, cancel: encodeCancel };
const MESSAGES: Words = { subscribe: encodeSubscribeMessage, cancel: encodeCancelMessage };
const GROUPS: Words = { subscribe: encodeJoin, cancel: encodeLeave };

/**
 * What a SUB or XSUB has subscribed to, or a DISH has joined, as its session knows it. It can tell a publisher that comes
 * back while the application's thread computes.
 */
export class Topics {
  /** As Latin-1: one character a byte. */
  private readonly topics: Set<string>;
  /** Known from the listener, and not yet said by the application on this pipe. */
  private readonly expected: Set<string>;

  /**
   * @param known what a listener has been told; the application will say it again when it takes the pipe in
   * @param what what the socket calls them
   */
  constructor(
    known: Iterable<string> = [],
    readonly what: Subscribed = 'topics',
  ) {
    this.topics = new Set(known);
    this.expected = new Set(this.topics);
  }

  all(): Iterable<string> {
    return this.topics;
  }

  has(topic: string): boolean {
    return this.topics.has(topic);
  }

  change(kind: Kind, topic: string): void {
    if (kind === 'subscribe') this.topics.add(topic);
    else this.topics.delete(topic);
  }

  /**
   * Takes what the application says next, one signal. False if it says nothing, or has a message to
   * send first.
   * @param tell called with what a publisher that knows the rest has to hear of it
   */
  take(pipe: Pipe, tell: (kind: Kind, topic: string) => void): boolean {
    // Not `checkRead`, which ends a pipe when it is empty: what is being gathered goes out first.
    if (!pipe.peekFrames() || !pipe.holdsSignal) return false;
    const signal = parseSignal(pipe.read()[0]!);
    switch (signal?.kind) {
      case 'subscribe':
      case 'join': {
        const topic = signal.topic.toString('latin1');
        this.change('subscribe', topic);
        if (!this.expected.delete(topic)) tell('subscribe', topic);
        break;
      }
      case 'cancel':
      case 'leave': {
        const topic = signal.topic.toString('latin1');
        this.change('cancel', topic);
        this.expected.delete(topic);
        tell('cancel', topic);
        break;
      }
      case 'remembered':
      case 'forgotten': {
        const topic = signal.topic.toString('latin1');
        this.change(signal.kind === 'remembered' ? 'subscribe' : 'cancel', topic);
        this.expected.delete(topic);
        break;
      }
      case 'attached':
        // What was cancelled between the listener's time and now.
        for (const topic of this.expected) {
          this.change('cancel', topic);
          tell('cancel', topic);
        }
        this.expected.clear();
    }
    return true;
  }

  /** Takes all that the application has said while there is no publisher to tell. */
  absorb(pipe: Pipe): void {
    while (pipe.checkFrames() && this.take(pipe, () => undefined));
  }
}

/** Tells one publisher, over one connection: first everything, later what has changed. */
export class TopicTeller {
  private everything = true;
  private readonly words: Words;

  /** @param legacy does the peer speak a version before ZMTP 3.1? */
  constructor(
    private readonly topics: Topics,
    legacy: boolean,
  ) {
    // Groups came after the commands: there is no other way to say them.
    if (topics.what === 'groups') this.words = GROUPS;
    else this.words = legacy ? MESSAGES : COMMANDS;
  }

  /** Frames to send next; undefined if there is nothing to tell. */
  next(pipe: Pipe): Buffer | undefined {
    const frames: Buffer[] = [];
    let bytes = 0;
    const tell = (kind: Kind, topic: string): void => {
      const frame = this.words[kind](Buffer.from(topic, 'latin1'));
      frames.push(frame);
      bytes += frame.length;
    };
    if (this.everything) {
      this.everything = false;
      this.topics.absorb(pipe);
      for (const topic of this.topics.all()) tell('subscribe', topic);
    }
    while (bytes < BATCH_BYTES && this.topics.take(pipe, tell));
    return frames.length === 0 ? undefined : Buffer.concat(frames);
  }
}
