import type { Arena } from '../runtime/memory/arena.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import {
  FRAME_COMMAND,
  FRAME_MORE,
  FRAME_PIECE,
  FRAME_REFERENCE,
  frameLength,
  headerLength,
  wireHeader,
} from '../runtime/ring/frame.js';
import { FrameCursor } from '../runtime/ring/frame-cursor.js';
import type { Encoder } from './encoder.js';
import type { Link } from './stream/link.js';
import type { TopicTeller } from './topics.js';

/**
 * A write takes at most this much, unless a single message is longer: the ring is released in pieces
 * while the next is being written.
 */
const WRITE_BYTES_MOST = 256 * 1024;

/** What an outbound tells its engine. */
export interface OutboundEvents {
  /** So many bytes of messages went to the kernel. */
  sent(bytes: number): void;
  /** A PING is on its way. */
  pinged(): void;
  /** There is nothing more to write. */
  drained(): void;
  /** The connection cannot go on: its peer has a part of a message that will not be finished. */
  broken(error: Error): void;
}

/**
 * From a ring to the kernel: slices of the ring are written as they lie there, and bodies by reference from
 * where they lie, one write in flight, each ending at the end of a message. Only there can a command go between, and only from there can
 * another connection go on. A message in pieces goes out as its pieces come. For some peers all of it is translated
 * on its way.
 */
export class Outbound {
  /** The answer to the peer's last PING; earlier ones need no answer any more. */
  private pong: Buffer | undefined;
  private ping: Buffer | undefined;
  /** End of the slice in flight; `inFlight` says whether there is one. */
  private sliceEnd = 0;
  private inFlight: 'nothing' | 'command' | 'slice' | 'pieces' = 'nothing';
  /** Special frames in it. */
  private sliceSpecial = 0;
  /** Some pieces of a message went to the kernel before what is in flight, and the message is not over. */
  private midMessage = false;
  /** The last piece of a message is in flight. */
  private lastPiece = false;
  /** Nothing goes out any more. */
  private broken = false;
  /** What had been given to the link before what is in flight. */
  private writtenBefore = 0;
  /** Made for the first write that is looked at frame by frame. */
  private cursor: FrameCursor | undefined;

  constructor(
    private readonly arena: Arena,
    private readonly pipe: Pipe,
    private readonly link: Link,
    private readonly events: OutboundEvents,
    /** For sockets that subscribe: puts what they say to publishers into words for this one. */
    private readonly teller: TopicTeller | undefined,
    /** For peers that do not get frames as they lie in the ring: translates all that is written. */
    private readonly encoder?: Encoder,
  ) {}

  private get frame(): FrameCursor {
    return (this.cursor ??= new FrameCursor(this.arena));
  }

  /** Is something on its way to the kernel? */
  get busy(): boolean {
    return this.inFlight !== 'nothing';
  }

  /** Has a PING to wait for the end of a message? */
  get pingWaits(): boolean {
    return this.ping !== undefined;
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
    while (!this.broken) {
      const command = this.midMessage ? undefined : this.takeCommand();
      if (command !== undefined) {
        this.write('command', [command]);
        return;
      }
      if (!this.pipe.checkFrames()) return;
      this.pipe.passOlder();
      if (this.pipe.holdsPiece) {
        if (this.writePieces()) return;
        continue;
      }
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
   * Answers whether there is one of which some were accepted, and not all. One in pieces may not be over;
   * its rest is then passed over as it comes, and counted at its end.
   */
  abandon(): boolean {
    let torn = false;
    if (this.inFlight === 'slice') {
      // Less than nothing if something is still to go that was written before.
      let accepted = Math.max(this.link.accepted - this.writtenBefore, 0);
      while (accepted > 0) accepted -= this.passMessage();
      // More than whole messages: of the last one some bytes are still missing.
      torn = accepted < 0;
      this.pipe.release();
    } else if (this.inFlight === 'pieces') {
      torn = this.abandonPieces();
    } else if (this.midMessage) {
      this.pipe.skipRest();
    }
    this.midMessage = false;
    this.inFlight = 'nothing';
    this.pong = undefined;
    this.ping = undefined;
    return torn;
  }

  private abandonPieces(): boolean {
    const { accepted, written } = this.link;
    // Nothing of the message: the next connection begins with it.
    if (!this.midMessage && accepted <= this.writtenBefore) return false;
    this.passSlice();
    if (this.lastPiece) return accepted < written;
    this.pipe.skipRest();
    return false;
  }

  private takeCommand(): Buffer | undefined {
    const command = this.pong ?? this.ping;
    if (this.pong !== undefined) this.pong = undefined;
    else if (this.ping !== undefined) {
      this.ping = undefined;
      this.events.pinged();
    }
    return command ?? this.teller?.next(this.pipe);
  }

  private writeSlice(): void {
    const pieces: Uint8Array[] = [];
    const start = this.pipe.consumer.head;
    this.sliceSpecial = 0;
    if (this.pipe.consumer.mayHoldSpecial()) {
      this.sliceEnd = this.gather(pieces);
    } else {
      this.sliceEnd = this.sliceFrom(start);
      this.addSlice(pieces, start, this.sliceEnd);
    }
    this.write('slice', pieces);
  }

  /** Writes the pieces that are there. False if there is nothing to write. */
  private writePieces(): boolean {
    const { frame, pipe } = this;
    const { consumer } = pipe;
    frame.look(consumer, consumer.head);
    const takenBack = (frame.flags & FRAME_COMMAND) !== 0;
    if (takenBack || (!this.midMessage && pipe.unfinished)) {
      pipe.skipRest();
      // Its peer has a part of it; or the pipe has had its last message, and its socket waits for another.
      if (this.midMessage || (pipe.listener !== 0 && !pipe.peerEnded)) this.breakOff();
      return false;
    }
    const pieces: Uint8Array[] = [];
    let at = consumer.head;
    let bytes = 0;
    this.sliceSpecial = 0;
    this.lastPiece = false;
    while (!this.lastPiece && at !== consumer.limit && bytes < WRITE_BYTES_MOST) {
      frame.look(consumer, at);
      if ((frame.flags & FRAME_COMMAND) !== 0) break;
      this.addSlice(pieces, frame.body, frame.next);
      this.lastPiece = (frame.flags & FRAME_MORE) === 0;
      this.sliceSpecial++;
      bytes += frame.length;
      at = frame.next;
    }
    this.sliceEnd = at;
    this.write('pieces', pieces);
    return true;
  }

  private breakOff(): void {
    this.midMessage = false;
    this.broken = true;
    this.events.broken(new Error('The sender gave up in the middle of a message'));
  }

  private write(what: 'command' | 'slice' | 'pieces', pieces: readonly Uint8Array[]): void {
    this.inFlight = what;
    this.writtenBefore = this.link.written;
    this.link.write(this.encoder?.encode(pieces) ?? pieces, () => this.written());
  }

  private written(): void {
    if (this.inFlight === 'slice' || this.inFlight === 'pieces') {
      this.midMessage = this.inFlight === 'pieces' && !this.lastPiece;
      this.events.sent(this.link.written - this.writtenBefore);
      this.passSlice();
    }
    this.inFlight = 'nothing';
    this.pump();
    if (this.inFlight === 'nothing') this.events.drained();
  }

  private passSlice(): void {
    this.pipe.consumer.head = this.sliceEnd;
    this.passSpecial(this.sliceSpecial);
    this.pipe.release();
  }

  private passSpecial(count: number): void {
    if (count === 0) return;
    const { consumer } = this.pipe;
    consumer.special = (consumer.special + count) | 0;
    consumer.passedMemory = true;
  }

  /** Adds what lies in the ring between two positions: one piece, or two if it wraps. */
  private addSlice(pieces: Uint8Array[], start: number, end: number): void {
    const length = (end - start) | 0;
    if (length === 0) return;
    const { data, mask } = this.pipe.consumer;
    const from = start & mask;
    const run = Math.min(length, mask + 1 - from);
    const { buffer } = this.arena;
    pieces.push(buffer.subarray(data + from, data + from + run));
    if (run < length) pieces.push(buffer.subarray(data, data + length - run));
  }

  /**
   * Gathers a write of whole messages, some of whose bodies may lie elsewhere; answers the position where it
   * ends. A write is as long as one without such bodies, unless its first message is longer.
   */
  private gather(pieces: Uint8Array[]): number {
    const { frame, arena } = this;
    const { consumer } = this.pipe;
    let bytes = 0;
    let from = consumer.head;
    let at = from;
    while (at !== consumer.limit && bytes < WRITE_BYTES_MOST) {
      frame.look(consumer, at);
      if ((frame.flags & FRAME_PIECE) !== 0) break;
      for (let more = true; more; at = frame.next) {
        frame.look(consumer, at);
        more = (frame.flags & FRAME_MORE) !== 0;
        bytes += headerLength(frame.length) + frame.length;
        if ((frame.flags & FRAME_REFERENCE) === 0) continue;
        this.addSlice(pieces, from, at);
        pieces.push(
          wireHeader(frame.flags & FRAME_MORE, frame.length),
          arena.buffer.subarray(frame.offset, frame.offset + frame.length),
        );
        this.sliceSpecial++;
        from = frame.next;
      }
      // Behind a message there may be a signal, which does not go out as it lies there.
      if (this.teller !== undefined) break;
    }
    this.addSlice(pieces, from, at);
    return at;
  }

  /** Passes the message at the head; answers how many bytes it has on the wire. */
  private passMessage(): number {
    const { frame } = this;
    const { consumer } = this.pipe;
    let bytes = 0;
    do {
      frame.look(consumer, consumer.head);
      bytes += this.encoder?.frameLength(frame.length) ?? frameLength(frame.length);
      if ((frame.flags & FRAME_REFERENCE) !== 0) this.passSpecial(1);
      consumer.head = frame.next;
    } while ((frame.flags & FRAME_MORE) !== 0);
    return bytes;
  }

  /** The last message end that a write from here may reach; the first one, if its message is longer. */
  private sliceFrom(start: number): number {
    const { consumer } = this.pipe;
    // Behind a message there may be a signal, which does not go out as it lies there.
    if (this.teller !== undefined) return this.messageEnd(start);
    if (((consumer.limit - start) | 0) <= WRITE_BYTES_MOST) return consumer.limit;
    const most = (start + WRITE_BYTES_MOST) | 0;
    let end = this.messageEnd(start);
    while (end !== consumer.limit) {
      const next = this.messageEnd(end);
      if (((next - most) | 0) > 0) break;
      end = next;
    }
    return end;
  }

  /** Where the message that begins at `at` ends. */
  private messageEnd(at: number): number {
    const { frame } = this;
    do {
      frame.look(this.pipe.consumer, at);
      at = frame.next;
    } while ((frame.flags & FRAME_MORE) !== 0);
    return at;
  }
}
