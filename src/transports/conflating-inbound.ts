import { Buffer, constants } from 'node:buffer';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { FRAME_COMMAND, FRAME_MORE, frameLength } from '../runtime/ring/frame.js';
import { FrameHeader } from '../runtime/ring/frame-header.js';
import type { CommandTaker, Receiver } from './receiver.js';
import { ProtocolError } from './zmtp/protocol-error.js';
import type { V1Decoder } from './zmtp/v1-decoder.js';

/** A read asks for so much room at first, and for twice as much whenever it has been filled. */
const READ_BYTES_LEAST = 2048;
const READ_BYTES_MOST = 64 * 1024;
/** A body is given room before its bytes have come only up to here; beyond it, twice of what has come. */
const UNPROVEN_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * From the kernel into a ring that keeps the last message alone (ZMQ_CONFLATE). What comes is received beside the ring,
 * and of all that has come with one read only the last whole message goes there: nothing that a faster peer sends ever
 * waits for the application, and so the link is never paused.
 *
 * A message of several parts is left out: a ring that conflates has room for one frame. It is passed over as it comes.
 */
export class ConflatingInbound implements Receiver {
  private buffer = Buffer.allocUnsafeSlow(READ_BYTES_LEAST);
  /** The last read has filled the buffer. */
  private filled = false;
  private readonly header = new FrameHeader();
  /** What has come of a body that did not come with one read; as long as `have` says. */
  private body = NOTHING;
  private have = 0;
  /** A part with more behind it has come, so the message that it belongs to is left out. */
  private several = false;
  /** The last whole message that is not in the ring; with the next read its bytes are overwritten. */
  private latest: Uint8Array | undefined;

  /**
   * @param maxMessageSize bytes of a frame's body, -1 for any number
   * @param commands takes those that the peer sends
   * @param decoder for peers of ZMTP 1.0: translates all that comes
   */
  constructor(
    private readonly pipe: Pipe,
    private readonly maxMessageSize: number,
    private readonly commands: CommandTaker,
    private readonly decoder?: V1Decoder,
  ) {}

  space(): Uint8Array {
    if (this.filled && this.buffer.length < READ_BYTES_MOST) {
      this.buffer = Buffer.allocUnsafeSlow(2 * this.buffer.length);
    }
    this.filled = false;
    return this.buffer;
  }

  /** @throws ProtocolError if the peer broke the protocol or its limits */
  received(length: number): boolean {
    this.filled = length === this.buffer.length;
    return this.accept(this.buffer.subarray(0, length));
  }

  accept(bytes: Uint8Array): boolean {
    try {
      this.take(this.decoder?.decode(bytes) ?? bytes);
    } finally {
      // What came before a broken frame has come.
      this.bring();
      this.keep();
    }
    return true;
  }

  /** There may be memory now for what found none. */
  resume(): boolean {
    this.bring();
    return false;
  }

  rollback(): void {
    if (this.latest !== undefined) this.pipe.countConflated(1);
    this.latest = undefined;
    this.header.reset();
    this.body = NOTHING;
    this.have = 0;
    this.several = false;
  }

  private take(bytes: Uint8Array): void {
    const { header } = this;
    let at = 0;
    for (;;) {
      if (!header.complete) {
        at += header.take(bytes, at, bytes.length);
        if (!header.complete) return;
        this.checkLength(header.length);
      }
      const end = Math.min(bytes.length, at + header.length - this.have);
      if (this.have === 0 && end - at === header.length) {
        this.frameEnds(bytes.subarray(at, end));
      } else {
        if (this.isWanted()) this.append(bytes.subarray(at, end));
        this.have += end - at;
        if (this.have < header.length) return;
        this.frameEnds(this.body.subarray(0, this.have));
        this.body = NOTHING;
        this.have = 0;
      }
      header.reset();
      at = end;
    }
  }

  /** Is the body of the frame under way of use to anybody? */
  private isWanted(): boolean {
    const { flags } = this.header;
    if ((flags & FRAME_COMMAND) !== 0) return true;
    return !this.several && (flags & FRAME_MORE) === 0;
  }

  private append(bytes: Uint8Array): void {
    const { body, have, header } = this;
    const needed = have + bytes.length;
    if (needed > body.length) {
      // As much as has come, and not as much as the header says will come.
      const room = Math.max(2 * body.length, Math.min(header.length, UNPROVEN_BYTES), needed);
      this.body = Buffer.allocUnsafeSlow(Math.min(room, header.length));
      body.copy(this.body, 0, 0, have);
    }
    this.body.set(bytes, have);
  }

  /** @param body has no bytes if it is not wanted */
  private frameEnds(body: Uint8Array): void {
    const { flags } = this.header;
    if ((flags & FRAME_COMMAND) !== 0) {
      // Whoever is answered may rely on it that what it sent before has been taken in.
      this.bring();
      this.commands.command(Buffer.from(body));
    } else if ((flags & FRAME_MORE) !== 0) {
      this.several = true;
    } else if (this.several) {
      this.several = false;
      this.pipe.countConflated(1);
    } else {
      if (this.latest !== undefined) this.pipe.countConflated(1);
      this.latest = body;
    }
  }

  private bring(): void {
    const { latest } = this;
    if (latest !== undefined && this.pipe.write([latest])) this.latest = undefined;
  }

  /** What found no memory waits for some here, unless something newer comes. */
  private keep(): void {
    if (this.latest !== undefined) this.latest = Uint8Array.from(this.latest);
  }

  private checkLength(length: number): void {
    const { maxMessageSize, pipe } = this;
    if (
      (maxMessageSize >= 0 && length > maxMessageSize) ||
      length > constants.MAX_LENGTH ||
      !pipe.producer.admits(frameLength(length))
    ) {
      throw new ProtocolError('ERR_ZMTP_UNSPECIFIED', `A frame of ${length} bytes is too large`);
    }
  }
}
