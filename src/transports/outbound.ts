import type { Arena } from '../runtime/memory/arena.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import type { RingConsumer } from '../runtime/ring/consumer.js';
import { FRAME_LONG, FRAME_MORE } from '../runtime/ring/frame.js';
import type { StreamLink } from './stream/stream-link.js';
import type { TopicTeller } from './topics.js';

/**
 * A write takes at most this much, unless a single message is longer: the ring is released in pieces
 * while the next is being written.
 */
const WRITE_BYTES_MOST = 256 * 1024;

/**
 * From a ring to the kernel: slices of the ring are written as they lie there, one write in flight,
 * each ending at the end of a message. Only there can a command go between, and only from there can
 * another connection go on.
 */
export class Outbound {
  /** The answer to the peer's last PING; earlier ones need no answer any more. */
  private pong: Buffer | undefined;
  private ping: Buffer | undefined;
  /** End of the slice in flight; `inFlight` says whether there is one. */
  private sliceEnd = 0;
  private inFlight: 'nothing' | 'command' | 'slice' = 'nothing';
  /** What had been given to the link before the slice. */
  private writtenBefore = 0;

  constructor(
    private readonly arena: Arena,
    private readonly pipe: Pipe,
    private readonly link: StreamLink,
    /** Told how many bytes of messages went to the kernel. */
    private readonly sent: (bytes: number) => void,
    /** Told when there is nothing more to write. */
    private readonly idle: () => void,
    /** For sockets that subscribe: puts what they say to publishers into words for this one. */
    private readonly teller: TopicTeller | undefined,
  ) {}

  /** Is something on its way to the kernel? */
  get busy(): boolean {
    return this.inFlight !== 'nothing';
  }

  /** Answers a PING at the next end of a message. */
  answerPing(frame: Buffer): void {
    this.pong = frame;
    this.pump();
  }

  /** Sends a PING at the next end of a message. */
  sendPing(frame: Buffer): void {
    this.ping = frame;
    this.pump();
  }

  /** Writes what there is. Called whenever there may be something. */
  pump(): void {
    if (this.inFlight !== 'nothing') return;
    for (;;) {
      const command = this.takeCommand();
      if (command !== undefined) {
        this.inFlight = 'command';
        this.link.write([command], () => this.written());
        return;
      }
      if (!this.pipe.checkRead()) return;
      // A signal may have come since the teller found none. It must hear of it: what goes out as it lies
      // in the ring is never remembered for the next publisher.
      if (this.teller === undefined || !this.pipe.holdsSignal) {
        this.writeSlice();
        return;
      }
    }
  }

  /**
   * The link is gone: goes on, for the next connection, at the first message that it had accepted
   * nothing of. A message of which one byte was accepted may have arrived, and is never sent again.
   * Answers whether there is one of which some were accepted, and not all.
   */
  abandon(): boolean {
    let torn = false;
    if (this.inFlight === 'slice') {
      const { consumer } = this.pipe;
      const accepted = Math.max(this.link.accepted - this.writtenBefore, 0);
      const reached = (consumer.head + accepted) | 0;
      let at = consumer.head;
      while (((reached - at) | 0) > 0) at = this.messageEnd(at);
      torn = at !== reached;
      consumer.head = at;
      this.pipe.release();
    }
    this.inFlight = 'nothing';
    this.pong = undefined;
    this.ping = undefined;
    return torn;
  }

  private takeCommand(): Buffer | undefined {
    const command = this.pong ?? this.ping;
    if (this.pong !== undefined) this.pong = undefined;
    else this.ping = undefined;
    return command ?? this.teller?.next(this.pipe);
  }

  private writeSlice(): void {
    const { consumer } = this.pipe;
    const start = consumer.head;
    const end = this.sliceFrom(consumer);
    const { data, mask } = consumer;
    const from = start & mask;
    const length = (end - start) | 0;
    const run = Math.min(length, mask + 1 - from);
    const buffer = this.arena.buffer;
    const pieces = [buffer.subarray(data + from, data + from + run)];
    if (run < length) pieces.push(buffer.subarray(data, data + length - run));
    this.inFlight = 'slice';
    this.sliceEnd = end;
    this.writtenBefore = this.link.written;
    this.link.write(pieces, () => this.written());
  }

  private written(): void {
    if (this.inFlight === 'slice') {
      this.sent((this.sliceEnd - this.pipe.consumer.head) | 0);
      this.pipe.consumer.head = this.sliceEnd;
      this.pipe.release();
    }
    this.inFlight = 'nothing';
    this.pump();
    if (this.inFlight === 'nothing') this.idle();
  }

  /** The last message end that a write from here may reach; the first one, if its message is longer. */
  private sliceFrom(consumer: RingConsumer): number {
    // Behind a message there may be a signal, which does not go out as it lies there.
    if (this.teller !== undefined) return this.messageEnd(consumer.head);
    if (((consumer.limit - consumer.head) | 0) <= WRITE_BYTES_MOST) return consumer.limit;
    const most = (consumer.head + WRITE_BYTES_MOST) | 0;
    let end = this.messageEnd(consumer.head);
    while (end !== consumer.limit) {
      const next = this.messageEnd(end);
      if (((next - most) | 0) > 0) break;
      end = next;
    }
    return end;
  }

  /** Where the message that begins at `at` ends. */
  private messageEnd(at: number): number {
    const { data, mask } = this.pipe.consumer;
    const bytes = this.arena.bytes;
    for (;;) {
      const flags = bytes[data + (at & mask)]!;
      if ((flags & FRAME_LONG) === 0) {
        at = (at + 2 + bytes[data + ((at + 1) & mask)]!) | 0;
      } else {
        const length =
          (bytes[data + ((at + 5) & mask)]! << 24) |
          (bytes[data + ((at + 6) & mask)]! << 16) |
          (bytes[data + ((at + 7) & mask)]! << 8) |
          bytes[data + ((at + 8) & mask)]!;
        at = (at + 9 + length) | 0;
      }
      if ((flags & FRAME_MORE) === 0) return at;
    }
  }
}
