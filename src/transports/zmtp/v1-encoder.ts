import { Encoder } from '../encoder.js';
import { v1FrameLength, v1Header } from './v1-frame.js';

/** Translates into frames of ZMTP 1.0. */
export class V1Encoder extends Encoder {
  override frameLength(bodyLength: number): number {
    return v1FrameLength(bodyLength);
  }

  protected override header(flags: number, bodyLength: number): Uint8Array {
    return v1Header(flags, bodyLength);
  }
}
