import { Buffer, constants } from 'node:buffer';
import { PIECE_BYTES_MOST } from '../runtime/base/limits.js';
import type { Arena } from '../runtime/memory/arena.js';
import { copyIn, copyOut } from '../runtime/memory/copy.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { writeReference } from '../runtime/pipe/write-frame.js';
import {
  FRAME_COMMAND,
  FRAME_LONG,
  FRAME_MORE,
  FRAME_WIRE_FLAGS,
  frameLength,
  LONG_HEADER,
  REFERENCE_FRAME,
  SHORT_HEADER,
} from '../runtime/ring/frame.js';
import { readWord } from '../runtime/ring/big-endian.js';
import type { FrameHeader } from '../runtime/ring/frame-header.js';
import { MessageScanner } from '../runtime/ring/message-scanner.js';
import { InboundBody } from './inbound-body.js';
import { InnerCommand } from './inner-command.js';
import type { CommandTaker, Receiver } from './receiver.js';
import { Spill } from './spill.js';
import { ProtocolError } from './zmtp/protocol-error.js';

/** A read asks for at least this much room, so that an idle connection holds no more: half of a ring's first segment. */
const READ_BYTES_LEAST = 256;
/** And for at most this much: larger reads gain nothing more. */
const READ_BYTES_MOST = 256 * 1024;
/** Room in the ring from which a read goes there, rather than beside it. */
const RING_READ_LEAST = 256;
/** A read beside the ring when that has no room: a link has one out even when it is paused. */
const SPILL_BYTES = 1024;
/** A read beside the ring while a message goes on in pieces. */
const SPILL_BYTES_IN_PIECES = 64 * 1024;
/** How the bodies of the commands begin that a publisher's socket sees; those of a RADIO's peers last. */
const SUBSCRIPTIONS = ['\tSUBSCRIBE', '\x06CANCEL', '\x04JOIN', '\x05LEAVE'].map((name) =>
  Buffer.from(name, 'latin1'),
);
/** A body is given room before its bytes have come only up to here; beyond it, as much as has come. */
const RESERVE_MOST = 1024 * 1024;
/** A last body of a message that takes several reads anyway, and is given room before it has come, has a place of its own. */
const OWN_PLACE_LEAST = READ_BYTES_MOST;
const OWN_PLACE_MOST = RESERVE_MOST;

/**
 * From the kernel into a ring, in place: bytes are received beyond the ring's last message, and one
 * look at the frame headers finds where messages end, takes the peer's commands out, and holds
 * everything to its limits. Messages are published whole; a connection that dies in the middle of one
 * leaves nothing of it.
 *
 * A long body at the end of a message is received outside of the ring, and the ring carries its address.
 *
 * A message that cannot lie in the ring whole, because it is too long or there is no memory for it, goes on in
 * pieces: what has come of it is taken back, and from there to its end everything is received beside the ring
 * and copied. So is what a ring has no room for at the moment.
 */
export class Inbound implements Receiver {
  private readonly arena: Arena;
  /** Received beside the ring. */
  private readonly spill = new Spill();
  /** Whose the space is that was given last. */
  private given: 'ring' | 'spill' | 'body' = 'ring';
  /** What comes is of this body, or it has come and the message waits for room below the mark. */
  private body: InboundBody | undefined;
  /** Follows the message that goes on in pieces; undefined while none does. */
  private message: MessageScanner | undefined;
  /** What comes is not the message's, but a command between two of its frames. */
  private command: InnerCommand | undefined;
  /** There was room for it below the mark. */
  private begun = false;
  private total = 0;
  /** The link is paused until there is room. */
  private paused = false;
  /** Start of the first frame that has not been looked at. */
  private scanned: number;
  private readBytes = READ_BYTES_LEAST;
  /** How much of an unfinished frame is missing. */
  private missing = 0;

  /**
   * @param maxMessageSize bytes of a frame's body, -1 for any number
   * @param publishes does the socket take SUBSCRIBE and CANCEL, JOIN and LEAVE? They lie in the ring like messages.
   * @param commands takes those that the peer sends
   */
  constructor(
    arena: Arena,
    private readonly pipe: Pipe,
    private readonly maxMessageSize: number,
    private readonly publishes: boolean,
    private readonly commands: CommandTaker,
  ) {
    this.arena = arena;
    this.scanned = pipe.producer.write;
  }

  space(): Uint8Array {
    const { body } = this;
    if (body?.whole === false && this.spill.length === 0) {
      this.given = 'body';
      return body.space();
    }
    const { producer } = this.pipe;
    this.given = this.hasRoom() ? 'ring' : 'spill';
    if (this.given === 'spill') {
      return this.spill.space(this.message === undefined ? SPILL_BYTES : SPILL_BYTES_IN_PIECES);
    }
    // Nothing is in it, and what it held of a message in pieces may have been much.
    this.spill.clear();
    const start = producer.write & producer.mask;
    const run = Math.min(producer.room, producer.mask + 1 - start, READ_BYTES_MOST);
    return this.arena.buffer.subarray(producer.data + start, producer.data + start + run);
  }

  /** @throws ProtocolError if the peer broke the protocol or its limits */
  received(length: number): boolean {
    const { producer } = this.pipe;
    if (this.given === 'spill') {
      this.spill.received(length);
    } else if (this.given === 'body') {
      this.body!.received(length);
    } else {
      producer.write = (producer.write + length) | 0;
      if (length >= this.readBytes && this.readBytes < READ_BYTES_MOST) this.readBytes *= 2;
    }
    return this.advance();
  }

  accept(bytes: Uint8Array): boolean {
    this.spill.append(bytes);
    return this.advance();
  }

  /** There may be room again: publishes what had to wait. True if the link may be resumed. */
  resume(): boolean {
    if (!this.paused) return false;
    this.paused = false;
    return this.advance();
  }

  /** The connection is gone: forgets the message it was in the middle of. */
  rollback(): void {
    this.pipe.abandonPieces();
    this.pipe.producer.rollback();
    this.scanned = this.pipe.producer.write;
    this.missing = 0;
    this.paused = false;
    if (this.body !== undefined) this.pipe.bodies.done(this.body.shared);
    this.body = undefined;
    this.message = undefined;
    this.command = undefined;
    this.spill.clear();
  }

  /** Brings what was received as far as there is room. True if all of it is there, so that more may come. */
  private advance(): boolean {
    this.paused = !this.bring();
    return !this.paused;
  }

  private bring(): boolean {
    const { spill, pipe } = this;
    for (;;) {
      if (this.message !== undefined) {
        if (!this.bringPieces()) return false;
        if (this.message !== undefined) return true;
      }
      if (this.body !== undefined) {
        if (!this.bringBody(this.body)) return false;
        if (this.body !== undefined) return true;
      }
      this.fill();
      if (!this.scan()) return false;
      if (this.message !== undefined || this.body !== undefined) continue;
      const { left } = pipe.producer;
      // What has not been published is now a single message, and not all of it.
      if (left <= 0) this.beginPieces();
      else if (spill.length === 0) return true;
      else if (pipe.reserve(Math.min(spill.length, left))) continue;
      // The look for room may have found some, if less than that. Nobody would tell of it again.
      else if (pipe.producer.room === 0 && !this.beginForWantOfMemory()) return false;
    }
  }

  /** Copies from the spill what there is room for. */
  private fill(): void {
    const { spill, arena } = this;
    const { producer } = this.pipe;
    while (spill.length > 0 && producer.room > 0) {
      const start = producer.write & producer.mask;
      const bytes = spill.peek();
      const run = Math.min(bytes.length, producer.room, producer.mask + 1 - start);
      copyIn(arena, producer.data + start, bytes.subarray(0, run), 0, run);
      producer.write = (producer.write + run) | 0;
      spill.pass(run);
    }
  }

  /** Is there room in the ring for a read? */
  private hasRoom(): boolean {
    if (this.paused || this.spill.length > 0) return false;
    if (this.message !== undefined || this.body !== undefined) return false;
    const { producer } = this.pipe;
    const received = (producer.write - this.scanned) | 0;
    const ahead = Math.min(this.missing, Math.max(RESERVE_MOST, received));
    // Room beyond the largest message would never come. Growing for the sake of longer reads is worth it only
    // while the ring has messages to spare.
    const wanted = Math.min(Math.max(ahead, this.readBytes), producer.left);
    return this.pipe.reserve(wanted) || producer.room >= RING_READ_LEAST;
  }

  // ── In a place of its own ──────────────────────────────────────────────────────────────────────

  /** The body of the frame at `at` goes on in a place of its own, if there is one. What of it has come moves there. */
  private beginBody(at: number, length: number): void {
    const { pipe, arena } = this;
    const { producer } = pipe;
    const { data, mask } = producer;
    const begun = (at + LONG_HEADER) | 0;
    const have = (producer.write - begun) | 0;
    // Its address takes a byte more than the header does.
    if (LONG_HEADER + have + producer.room < REFERENCE_FRAME || !producer.affords(length)) return;
    const shared = pipe.bodies.make(length);
    if (shared === undefined) return;
    const body = new InboundBody(arena, shared);
    const start = begun & mask;
    const run = Math.min(have, mask + 1 - start);
    body.take(data + start, run);
    body.take(data, have - run);
    producer.write = at;
    writeReference(arena, producer, shared.offset, length, 0);
    this.missing = 0;
    this.body = body;
  }

  /** Takes what has come of it beside the ring, and shows the message when it is whole. False if that waits for room below the mark. */
  private bringBody(body: InboundBody): boolean {
    const { spill, pipe } = this;
    while (!body.whole && spill.length > 0) spill.pass(body.accept(spill.peek()));
    if (!body.whole) return true;
    if (!pipe.checkWrite()) return false;
    const { producer } = pipe;
    producer.carry(body.shared);
    pipe.bodies.done(body.shared);
    pipe.commit();
    this.scanned = producer.write;
    this.body = undefined;
    return true;
  }

  // ── In pieces ──────────────────────────────────────────────────────────────────────────────────

  /** Has the message that the ring has no memory for go on in pieces. False if it has to wait for some. */
  private beginForWantOfMemory(): boolean {
    const { pipe } = this;
    const { data, tail, write, mask } = pipe.producer;
    if (!pipe.awaitsMemory || !pipe.producer.drained()) return false;
    // The peer's commands are not for the application, in pieces or otherwise.
    if (write === tail || (this.arena.bytes[data + (tail & mask)]! & FRAME_COMMAND) !== 0) {
      return false;
    }
    this.beginPieces();
    return true;
  }

  /** What has not been published is the beginning of a message, which goes on in pieces. */
  private beginPieces(): void {
    const { producer } = this.pipe;
    const { data, mask, tail } = producer;
    const length = (producer.write - tail) | 0;
    const start = tail & mask;
    const run = Math.min(length, mask + 1 - start);
    const taken = Buffer.allocUnsafeSlow(length);
    copyOut(this.arena, data + start, taken, 0, run);
    copyOut(this.arena, data, taken, run, length - run);
    producer.rollback();
    this.scanned = producer.write;
    this.missing = 0;
    this.spill.prepend(taken);
    this.begun = false;
    this.total = 0;
    this.message = new MessageScanner((header) => this.checkHeader(header));
  }

  /** Passes on what has come of the message. False if there is no room for all of it. */
  private bringPieces(): boolean {
    const { spill, pipe } = this;
    const message = this.message!;
    if (!this.begun && !pipe.checkWrite()) return false;
    this.begun = true;
    while (spill.length > 0) {
      if (this.command !== undefined) {
        this.takeInnerCommand(this.command);
        continue;
      }
      const bytes = spill.peek();
      const room = pipe.pieceRoom(Math.min(bytes.length, PIECE_BYTES_MOST));
      if (room === 0) return false;
      const length = message.take(bytes, 0, room);
      if (length > 0) pipe.writePiece(bytes, 0, length, message.over);
      spill.pass(length);
      if (!message.over) {
        // Only a command keeps it from taking all.
        if (length < room) this.command = new InnerCommand((header) => this.checkCommand(header));
        continue;
      }
      this.message = undefined;
      this.scanned = pipe.producer.write;
      return true;
    }
    return true;
  }

  /** Takes what has come of a command. libzmq sends PING and PONG also between the frames of a message. */
  private takeInnerCommand(command: InnerCommand): void {
    this.spill.pass(command.take(this.spill.peek()));
    const { body } = command;
    if (body === undefined) return;
    this.command = undefined;
    if (
      this.publishes &&
      SUBSCRIPTIONS.some((name) => name.equals(body.subarray(0, name.length)))
    ) {
      throw commandWithin();
    }
    this.commands.command(body);
  }

  private checkCommand({ length }: FrameHeader): void {
    this.checkLength(length);
    if (!this.pipe.producer.admits(length)) throw tooLarge(length);
  }

  private checkHeader({ length }: FrameHeader): void {
    this.checkLength(length);
    this.total += frameLength(length);
    // Whoever limits frames does not expect any number of them; without a limit a message has none either.
    const { maxMessageSize } = this;
    if (
      maxMessageSize >= 0 &&
      !this.pipe.producer.admits(this.total) &&
      this.total > maxMessageSize
    ) {
      throw tooLarge(this.total, 'The parts of a message');
    }
  }

  private checkLength(length: number): void {
    if (this.maxMessageSize >= 0 && length > this.maxMessageSize) throw tooLarge(length);
    if (length > constants.MAX_LENGTH) throw tooLarge(length);
  }

  // ── Frames ─────────────────────────────────────────────────────────────────────────────────────

  /** Looks at every frame that has come whole. False if a message has to wait for room below the mark. */
  private scan(): boolean {
    const { producer } = this.pipe;
    const bytes = this.arena.bytes;
    const { data, mask } = producer;
    let at = this.scanned;
    let published = producer.tail;
    let open = true;
    let tooLong = false;
    let long = 0;
    this.missing = 0;
    for (;;) {
      const have = (producer.write - at) | 0;
      if (have < SHORT_HEADER) break;
      let flags = bytes[data + (at & mask)]!;
      if ((flags & ~FRAME_WIRE_FLAGS) !== 0) {
        // Reserved bits say nothing in ZMTP; one of them says something in a ring.
        flags &= FRAME_WIRE_FLAGS;
        bytes[data + (at & mask)] = flags;
      }
      let header = SHORT_HEADER;
      let length: number;
      if ((flags & FRAME_LONG) === 0) {
        length = bytes[data + ((at + 1) & mask)]!;
      } else {
        header = LONG_HEADER;
        if (have < LONG_HEADER) break;
        length = this.longLength(at);
      }
      this.checkLength(length);
      if (have < header + length) {
        this.missing = header + length - have;
        tooLong = !producer.admits(((at - published) | 0) + header + length);
        // Nobody takes a command in pieces, and publishers take no messages at all, or throw them away.
        const command = (flags & FRAME_COMMAND) !== 0;
        if (command ? !producer.admits(header + length) : tooLong && this.publishes) {
          throw tooLarge(length);
        }
        const last = (flags & (FRAME_COMMAND | FRAME_MORE)) === 0;
        if (last && !tooLong && length >= OWN_PLACE_LEAST && length <= OWN_PLACE_MOST)
          long = length;
        break;
      }
      const end = (at + header + length) | 0;
      if ((flags & FRAME_COMMAND) !== 0) {
        if (!this.isSubscription((at + header) | 0, length)) {
          // Whoever is answered may rely on it that what it sent before has been taken in.
          this.publish(published);
          this.takeCommand(at, header, length);
          continue;
        }
        if (at !== published) throw commandWithin();
        // A message of its own, whatever the peer says.
        flags &= ~FRAME_MORE;
        bytes[data + (at & mask)] = flags;
      }
      if ((flags & FRAME_MORE) === 0) {
        if (!this.pipe.checkWrite()) {
          open = false;
          break;
        }
        producer.mark(end);
        published = end;
      }
      at = end;
    }
    this.scanned = at;
    this.publish(published);
    if (tooLong) this.beginPieces();
    else if (long > 0) this.beginBody(at, long);
    return open;
  }

  /** Shows the application what has come up to `end`, which is the end of a message. */
  private publish(end: number): void {
    if (end === this.pipe.producer.tail) return;
    this.pipe.publish(end);
  }

  private longLength(at: number): number {
    const { data, mask } = this.pipe.producer;
    const { bytes } = this.arena;
    const high = readWord(bytes, data, mask, at + 1) >>> 0;
    return high * 2 ** 32 + (readWord(bytes, data, mask, at + 5) >>> 0);
  }

  private isSubscription(body: number, length: number): boolean {
    return this.publishes && SUBSCRIPTIONS.some((name) => this.beginsWith(body, length, name));
  }

  private beginsWith(body: number, length: number, name: Buffer): boolean {
    if (length < name.length) return false;
    const { data, mask } = this.pipe.producer;
    return name.every((byte, i) => this.arena.bytes[data + ((body + i) & mask)] === byte);
  }

  /** Takes a command out of the bytes received, so that only messages stay. */
  private takeCommand(at: number, header: number, length: number): void {
    const { producer } = this.pipe;
    const { data, mask } = producer;
    const body = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) {
      body[i] = this.arena.bytes[data + ((at + header + i) & mask)]!;
    }
    this.closeGap(at, header + length);
    this.commands.command(body);
  }

  /** Moves what follows a command down over it: nothing, when a peer is idle but for its PINGs. */
  private closeGap(at: number, gap: number): void {
    const { producer } = this.pipe;
    const { data, mask } = producer;
    const bytes = this.arena.bytes;
    let source = (at + gap) | 0;
    let target = at;
    while (source !== producer.write) {
      const from = source & mask;
      const to = target & mask;
      const run = Math.min((producer.write - source) | 0, mask + 1 - from, mask + 1 - to);
      bytes.copyWithin(data + to, data + from, data + from + run);
      source = (source + run) | 0;
      target = (target + run) | 0;
    }
    producer.write = target;
  }
}

function commandWithin(): ProtocolError {
  return new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'A command within a message');
}

function tooLarge(length: number, what = 'A frame'): ProtocolError {
  return new ProtocolError('ERR_ZMTP_UNSPECIFIED', `${what} of ${length} bytes is too large`);
}
