import { Buffer } from 'node:buffer';
import { LONG_HEADER, wireHeader } from '../../runtime/ring/frame.js';
import { V1FrameHeader } from './v1-frame.js';

/** Translates frames of ZMTP 1.0, whose bytes come in portions of any size, into those of ZMTP 3. */
export class V1Decoder {
  private readonly header = new V1FrameHeader();
  /** Bytes of the current frame's body that are still to come. */
  private missing = 0;

  /**
   * What the portion adds; a copy.
   * @throws ProtocolError for a length that no frame has
   */
  decode(bytes: Uint8Array): Buffer {
    const { header } = this;
    // No header becomes longer; but of the first one some may have come before, and has not been answered.
    const decoded = Buffer.allocUnsafe(LONG_HEADER + bytes.length);
    let length = 0;
    const add = (part: Uint8Array): void => {
      decoded.set(part, length);
      length += part.length;
    };
    let at = 0;
    while (at < bytes.length) {
      if (this.missing > 0) {
        const end = Math.min(at + this.missing, bytes.length);
        add(bytes.subarray(at, end));
        this.missing -= end - at;
        at = end;
        continue;
      }
      at += header.take(bytes, at, bytes.length);
      if (!header.complete) break;
      add(wireHeader(header.flags, header.length));
      this.missing = header.length;
      header.reset();
    }
    return decoded.subarray(0, length);
  }
}
