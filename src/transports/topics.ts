import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal } from '../runtime/ring/signal-frame.js';
import {
  encodeCancel,
  encodeCancelMessage,
  encodeSubscribe,
  encodeSubscribeMessage,
} from './zmtp/commands.js';

/** Changes go out in writes of about this many bytes; what a new publisher has to hear, in one. */
const BATCH_BYTES = 64 * 1024;
type Kind = 'subscribe' | 'cancel';

/**
 * What a SUB or XSUB has subscribed to, as its session knows it. It can tell a publisher that comes
 * back while the application's thread computes.
 */
export class Topics {
  /** As Latin-1: one character a byte. */
  private readonly topics: Set<string>;
  /** Known from the listener, and not yet said by the application on this pipe. */
  private readonly expected: Set<string>;

  /** @param known what a listener has been told; the application will say it again when it takes the pipe in */
  constructor(known: Iterable<string> = []) {
    this.topics = new Set(known);
    this.expected = new Set(this.topics);
  }

  all(): Iterable<string> {
    return this.topics;
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
    if (signal?.kind === 'subscribe' || signal?.kind === 'cancel') {
      const topic = signal.topic.toString('latin1');
      this.change(signal.kind, topic);
      const known = this.expected.delete(topic) && signal.kind === 'subscribe';
      if (!known) tell(signal.kind, topic);
    } else if (signal?.kind === 'attached') {
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

  /** @param legacy does the peer speak a version before ZMTP 3.1? */
  constructor(
    private readonly topics: Topics,
    private readonly legacy: boolean,
  ) {}

  /** Frames to send next; undefined if there is nothing to tell. */
  next(pipe: Pipe): Buffer | undefined {
    const frames: Buffer[] = [];
    let bytes = 0;
    const tell = (kind: Kind, topic: string): void => {
      const frame = encodeTopic(kind, Buffer.from(topic, 'latin1'), this.legacy);
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

function encodeTopic(kind: Kind, topic: Buffer, legacy: boolean): Buffer {
  if (legacy)
    return kind === 'subscribe' ? encodeSubscribeMessage(topic) : encodeCancelMessage(topic);
  return kind === 'subscribe' ? encodeSubscribe(topic) : encodeCancel(topic);
}
