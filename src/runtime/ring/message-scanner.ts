import { FRAME_COMMAND, FRAME_MORE } from './frame.js';
import { FrameHeader } from './frame-header.js';

/** Follows the bytes of one message through its frames, to where it ends. */
export class MessageScanner {
  /** Its last byte has been seen. */
  over = false;
  private readonly header = new FrameHeader();
  /** Bytes of the current frame's body that are still to come. */
  private missing = 0;

  /** @param check sees the header of each frame, and throws if the message shall go no further */
  constructor(private readonly check: (header: FrameHeader) => void) {}

  /**
   * Looks at `[at, end)` of the source; answers how many bytes of it are the message's: all, unless it ends there,
   * or goes on only after a command. That is not its own, and told from a frame by its first byte.
   */
  take(source: Uint8Array, at: number, end: number): number {
    const { header } = this;
    const start = at;
    while (at < end && !this.over) {
      if (this.missing > 0) {
        const run = Math.min(this.missing, end - at);
        this.missing -= run;
        at += run;
      } else {
        if (!header.begun && (source[at]! & FRAME_COMMAND) !== 0) break;
        at += header.take(source, at, end);
        if (!header.complete) break;
        this.check(header);
        this.missing = header.length;
      }
      if (this.missing > 0) continue;
      if ((header.flags & FRAME_MORE) === 0) this.over = true;
      header.reset();
    }
    return at - start;
  }
}
