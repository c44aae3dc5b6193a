import type { Arena } from '../runtime/memory/arena.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import {
  FRAME_COMMAND,
  FRAME_LONG,
  FRAME_MORE,
  FRAME_WIRE_FLAGS,
  LONG_HEADER,
  SHORT_HEADER,
} from '../runtime/ring/frame.js';
import { ProtocolError } from './zmtp/protocol-error.js';

/** A read asks for at least this much room, so that an idle connection holds no more. */
const READ_BYTES_LEAST = 2048;
/** And for at most this much: larger reads gain nothing more. */
const READ_BYTES_MOST = 256 * 1024;
/** Where bytes go when the ring has no room: a paused link still has one read out. */
const SPILL_BYTES = 1024;
/** How the bodies of the commands begin that a publisher's socket sees. */
const SUBSCRIPTIONS = ['\tSUBSCRIBE', '\x06CANCEL'].map((name) => Buffer.from(name, 'latin1'));
/** A body is given room before its bytes have come only up to here; beyond it, as much as has come. */
const RESERVE_MOST = 1024 * 1024;

/**
 * From the kernel into a ring, in place: bytes are received beyond the ring's last message, and one
 * look at the frame headers finds where messages end, takes the peer's commands out, and holds
 * everything to its limits. Messages are published whole; a connection that dies in the middle of one
 * leaves nothing of it.
 */
export class Inbound {
  private readonly arena: Arena;
  private spill: Buffer | undefined;
  private spilled = false;
  /** The link is paused until there is room. */
  private paused = false;
  /** Start of the first frame that has not been looked at. */
  private scanned: number;
  private readBytes = READ_BYTES_LEAST;
  /** How much of an unfinished frame is missing. */
  private missing = 0;

  /**
   * @param maxMessageSize bytes of a frame's body, -1 for any number
   * @param publishes does the socket take SUBSCRIBE and CANCEL? They lie in the ring like messages.
   * @param onCommand takes the body of a command; a copy
   */
  constructor(
    arena: Arena,
    private readonly pipe: Pipe,
    private readonly maxMessageSize: number,
    private readonly publishes: boolean,
    private readonly onCommand: (body: Buffer) => void,
  ) {
    this.arena = arena;
    this.scanned = pipe.producer.write;
  }

  space(): Uint8Array {
    const { producer } = this.pipe;
    this.spilled = this.paused || !this.makeRoom();
    if (this.spilled) {
      this.spill ??= Buffer.allocUnsafeSlow(SPILL_BYTES);
      return this.spill.subarray(0, this.within(SPILL_BYTES));
    }
    const start = producer.write & producer.mask;
    const run = Math.min(producer.room, producer.mask + 1 - start, READ_BYTES_MOST);
    return this.arena.buffer.subarray(producer.data + start, producer.data + start + run);
  }

  /** @throws ProtocolError if the peer broke the protocol or its limits */
  received(length: number): boolean {
    const { producer } = this.pipe;
    if (this.spilled) {
      // Room for it was there when the link was resumed, see `resume`.
      this.copyIn(this.spill!, length);
    } else {
      producer.write = (producer.write + length) | 0;
      if (length >= this.readBytes && this.readBytes < READ_BYTES_MOST) this.readBytes *= 2;
    }
    return this.advance();
  }

  /** Takes bytes that were received before there was a pipe. */
  accept(bytes: Uint8Array): boolean {
    this.copyIn(bytes, bytes.length);
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
    this.pipe.producer.rollback();
    this.scanned = this.pipe.producer.write;
    this.missing = 0;
    this.paused = false;
  }

  private advance(): boolean {
    let open = this.scan();
    if (open) {
      // What has not been published is now a single message, and not all of it.
      if (this.pipe.producer.left <= 0) {
        throw new ProtocolError(
          'ERR_ZMTP_UNSPECIFIED',
          'The parts of a message fit no pipe together',
        );
      }
      open = this.pipe.reserve(this.within(SPILL_BYTES));
    }
    this.paused = !open;
    return open;
  }

  /**
   * As much of `length` as what has not been published leaves of the largest message. Room for more
   * would never come, so a read that asked for it would wait for ever for the end of that message.
   */
  private within(length: number): number {
    const { left } = this.pipe.producer;
    return left > 0 ? Math.min(length, left) : length;
  }

  private makeRoom(): boolean {
    const { producer } = this.pipe;
    const received = (producer.write - this.scanned) | 0;
    const ahead = Math.min(this.missing, Math.max(RESERVE_MOST, received));
    // Growing for the sake of longer reads is worth it only while the ring has messages to spare.
    return this.pipe.reserve(this.within(Math.max(ahead, this.readBytes)));
  }

  private copyIn(bytes: Uint8Array, length: number): void {
    const { producer } = this.pipe;
    this.pipe.reserve(length);
    const start = producer.write & producer.mask;
    const run = Math.min(length, producer.mask + 1 - start);
    this.arena.bytes.set(bytes.subarray(0, run), producer.data + start);
    if (run < length) this.arena.bytes.set(bytes.subarray(run, length), producer.data);
    producer.write = (producer.write + length) | 0;
  }

  /** Looks at every frame that has come whole. False if a message has to wait for room below the mark. */
  private scan(): boolean {
    const { producer } = this.pipe;
    const bytes = this.arena.bytes;
    const { data, mask } = producer;
    let at = this.scanned;
    let published = producer.tail;
    let open = true;
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
      if (this.maxMessageSize >= 0 && length > this.maxMessageSize) {
        throw new ProtocolError('ERR_ZMTP_UNSPECIFIED', `A frame of ${length} bytes is too large`);
      }
      if (have < header + length) {
        this.missing = header + length - have;
        this.refuseOversize(header + length);
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
        if (at !== published) {
          throw new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'A command within a message');
        }
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
    return open;
  }

  /** Shows the application what has come up to `end`, which is the end of a message. */
  private publish(end: number): void {
    if (end === this.pipe.producer.tail) return;
    this.pipe.producer.publish(end);
    this.pipe.flush();
  }

  /** Only lengths that a ring could hold pass, so the words are compared before they are joined. */
  private longLength(at: number): number {
    const { data, mask } = this.pipe.producer;
    const bytes = this.arena.bytes;
    let high = 0;
    for (let i = 1; i <= 4; i++) high |= bytes[data + ((at + i) & mask)]!;
    const top = bytes[data + ((at + 5) & mask)]!;
    if (high !== 0 || top >= 0x80) throw tooLarge('more than 2^31');
    return (
      (top << 24) |
      (bytes[data + ((at + 6) & mask)]! << 16) |
      (bytes[data + ((at + 7) & mask)]! << 8) |
      bytes[data + ((at + 8) & mask)]!
    );
  }

  private refuseOversize(length: number): void {
    if (!this.pipe.producer.admits(length)) throw tooLarge(String(length));
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
    this.onCommand(body);
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

function tooLarge(length: string): ProtocolError {
  return new ProtocolError('ERR_ZMTP_UNSPECIFIED', `A frame of ${length} bytes fits no pipe`);
}
