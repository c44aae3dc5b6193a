import { FRAME_COMMAND, FRAME_MORE } from './frame.js';
import { FrameHeader } from './frame-header.js';

/**
 * Follows the bytes of one message through its frames, to where it ends. A peer may put commands between
 * its parts: they are none of its bytes.
 */
export class MessageScanner {
  /** The message's last byte has been taken. */
  over = false;
  /** What `take` stopped at is a command, and these are its bytes with their header; otherwise 0. */
  command = 0;
  private readonly header = new FrameHeader();
  /** Bytes of the current frame's body that are still to come. */
  private missing = 0;

  /** @param check sees the header of each part, and throws if the message shall go no further */
  constructor(private readonly check: (header: FrameHeader) => void) {}

  /**
   * Looks at `[at, end)` of the source; answers how many bytes from `at` on are the message's. Fewer than all: it
   * is over, there is a command, or what follows is a header that has not come whole.
   */
  take(source: Uint8Array, at: number, end: number): number {
    const { header } = this;
    const start = at;
    this.command = 0;
    while (at < end && !this.over) {
      if (this.missing === 0) {
        const length = this.readHeader(source, at, end);
        if (length === 0) break;
        at += length;
      }
      const run = Math.min(this.missing, end - at);
      this.missing -= run;
      at += run;
      if (this.missing === 0 && (header.flags & FRAME_MORE) === 0) this.over = true;
    }
    return at - start;
  }

  /** Answers the header's length, or 0 if it has to wait for more bytes, or is a command's. */
  private readHeader(source: Uint8Array, at: number, end: number): number {
    const { header } = this;
    header.reset();
    const length = header.take(source, at, end);
    if (!header.complete) return 0;
    if ((header.flags & FRAME_COMMAND) !== 0) {
      this.command = length + header.length;
      return 0;
    }
    this.check(header);
    this.missing = header.length;
    return length;
  }
}
