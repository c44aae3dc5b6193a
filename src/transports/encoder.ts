import { Buffer } from 'node:buffer';
import { EMPTY } from '../runtime/base/message.js';
import { FRAME_MORE } from '../runtime/ring/frame.js';
import { FrameHeader } from '../runtime/ring/frame-header.js';

/** What is shorter is copied: as a piece of its own it would cost more. */
const LEFT_IN_PLACE_LEAST = 4096;
/** Copies lie together in pieces of at most so many bytes. */
const COPIES_BYTES = 64 * 1024;
/** Headers may become longer: this much more has room without a second piece. */
const SLACK_BYTES = 16;

/**
 * Translates frames of ZMTP 3, as they lie in a ring, into something else. The bytes may be cut anywhere, and go
 * on in the next call.
 */
export abstract class Encoder {
  private readonly frame = new FrameHeader();
  /** Bytes of the current frame's body that are still to come. */
  private missing = 0;

  /**
   * What the bytes become, in one piece at least. Long bodies are not copied, and have to stay as they are until the
   * result has been written.
   */
  encode(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
    const bytes = pieces.reduce((sum, { length }) => sum + length, SLACK_BYTES);
    const encoded = new Gathering(Math.min(bytes, COPIES_BYTES));
    for (const piece of pieces) this.translate(piece, encoded);
    return encoded.end();
  }

  private translate(piece: Uint8Array, encoded: Gathering): void {
    const header = this.frame;
    let at = 0;
    while (at < piece.length) {
      if (this.missing > 0) {
        const end = Math.min(at + this.missing, piece.length);
        encoded.add(piece.subarray(at, end));
        this.missing -= end - at;
        at = end;
        continue;
      }
      at += header.take(piece, at, piece.length);
      if (!header.complete) return;
      encoded.add(this.header(header.flags & FRAME_MORE, header.length));
      this.missing = header.length;
      header.reset();
    }
  }

  /** Bytes that a frame becomes. */
  abstract frameLength(bodyLength: number): number;

  /** What comes before a body. @param flags MORE or nothing */
  protected abstract header(flags: number, bodyLength: number): Uint8Array;
}

/** Puts bytes together for one write. */
class Gathering {
  private readonly pieces: Uint8Array[] = [];
  private copies: Buffer;
  /** Of what has been copied, `[start, filled)` is no piece yet. */
  private start = 0;
  private filled = 0;

  /** @param size bytes of copies that lie together */
  constructor(private readonly size: number) {
    this.copies = Buffer.allocUnsafe(size);
  }

  add(bytes: Uint8Array): void {
    if (bytes.length >= LEFT_IN_PLACE_LEAST) {
      this.endCopies();
      this.pieces.push(bytes);
      return;
    }
    if (this.copies.length - this.filled < bytes.length) {
      this.endCopies();
      this.copies = Buffer.allocUnsafe(Math.max(this.size, bytes.length));
      this.start = this.filled = 0;
    }
    this.copies.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  end(): readonly Uint8Array[] {
    this.endCopies();
    // A write of nothing has an end, too; none has not.
    return this.pieces.length === 0 ? [EMPTY] : this.pieces;
  }

  private endCopies(): void {
    if (this.start === this.filled) return;
    this.pieces.push(this.copies.subarray(this.start, this.filled));
    this.start = this.filled;
  }
}
