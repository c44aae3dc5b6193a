import { Buffer } from 'node:buffer';
import { PIECE_BYTES_MOST } from '../base/limits.js';
import type { Body } from '../base/message.js';
import { FRAME_MORE, wireHeader } from '../ring/frame.js';
import type { Pipe } from './pipe.js';

/** A message that leaves through a pipe in pieces, as its peer makes room for them. */
export class Outflow {
  /** Parts whose header has been begun. */
  private parts = 0;
  /** A header or a body, and how much of it has been written. */
  private chunk: Uint8Array;
  private written = 0;
  /** The body that follows the header in `chunk`. */
  private body: Uint8Array | undefined;

  /** @param bodies stay as they are until it has ended */
  constructor(
    readonly pipe: Pipe,
    private readonly bodies: readonly Body[],
  ) {
    this.chunk = this.nextHeader();
  }

  /** Writes as much as there is room for. True once that was all; false: the pipe tells when to go on. */
  write(): boolean {
    for (;;) {
      const left = this.chunk.length - this.written;
      const length = this.pipe.pieceRoom(Math.min(left, PIECE_BYTES_MOST));
      if (length === 0) return false;
      const last = length === left && !this.hasNext();
      this.pipe.writePiece(this.chunk, this.written, length, last);
      this.written += length;
      if (last) return true;
      if (length === left) this.next();
    }
  }

  /** The message will not be finished. */
  abandon(): void {
    this.pipe.abandonPieces();
  }

  private hasNext(): boolean {
    return (this.body?.length ?? 0) > 0 || this.parts < this.bodies.length;
  }

  private next(): void {
    const { body } = this;
    this.body = undefined;
    this.chunk = body !== undefined && body.length > 0 ? body : this.nextHeader();
    this.written = 0;
  }

  private nextHeader(): Uint8Array {
    const body = this.bodies[this.parts++]!;
    // A string is encoded only when it is its turn.
    this.body = typeof body === 'string' ? Buffer.from(body) : body;
    return wireHeader(this.parts < this.bodies.length ? FRAME_MORE : 0, this.body.length);
  }
}
