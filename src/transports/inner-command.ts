import { Buffer } from 'node:buffer';
import { FrameHeader } from '../runtime/ring/frame-header.js';

/** A command whose bytes come in portions of any size, between two frames of a message. */
export class InnerCommand {
  private readonly header = new FrameHeader();
  private readonly parts: Buffer[] = [];
  private have = 0;

  /** @param check sees the header, and throws if the command is not to be taken */
  constructor(private readonly check: (header: FrameHeader) => void) {}

  /** Copies from the source what is the command's; answers how many bytes that was. */
  take(source: Uint8Array): number {
    const { header } = this;
    let at = 0;
    if (!header.complete) {
      at = header.take(source, 0, source.length);
      if (!header.complete) return at;
      this.check(header);
    }
    // As much as has come, and not as much as the header says will come.
    const end = Math.min(source.length, at + header.length - this.have);
    this.parts.push(Buffer.from(source.subarray(at, end)));
    this.have += end - at;
    return end;
  }

  /** Its body, once all of it has come. */
  get body(): Buffer | undefined {
    const { header } = this;
    return header.complete && this.have === header.length ? Buffer.concat(this.parts) : undefined;
  }
}
