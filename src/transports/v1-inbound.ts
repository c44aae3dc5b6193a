import { Buffer } from 'node:buffer';
import { EMPTY } from '../runtime/base/message.js';
import { Inbound } from './inbound.js';
import { encodeSubscribeMessage } from './zmtp/commands.js';
import { V1Decoder } from './zmtp/v1-decoder.js';

/** A read asks for so much room at first, and for twice as much whenever it has been filled. */
const READ_BYTES_LEAST = 2048;
const READ_BYTES_MOST = 64 * 1024;

/**
 * From a peer of ZMTP 1.0 into a ring. Its frames are not those of a ring, so nothing can be received in place: it
 * is received here, translated, and passed on as what an Inbound receives beside the ring.
 */
export class V1Inbound extends Inbound {
  private readonly decoder = new V1Decoder();
  private buffer = Buffer.allocUnsafeSlow(READ_BYTES_LEAST);
  /** The last read has filled the buffer. */
  private filled = false;

  override space(): Uint8Array {
    if (this.filled && this.buffer.length < READ_BYTES_MOST) {
      this.buffer = Buffer.allocUnsafeSlow(2 * this.buffer.length);
    }
    this.filled = false;
    return this.buffer;
  }

  override received(length: number): boolean {
    this.filled = length === this.buffer.length;
    return this.accept(this.buffer.subarray(0, length));
  }

  override accept(bytes: Uint8Array): boolean {
    return super.accept(this.decoder.decode(bytes));
  }

  /** For a peer that does not say what it wants, and filters itself. */
  subscribeToAll(): void {
    super.accept(encodeSubscribeMessage(EMPTY));
  }
}
