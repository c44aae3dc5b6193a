import { EMPTY } from '../../runtime/base/message.js';
import { Encoder } from '../encoder.js';

/** Takes the frames off what lies in a ring, so that only the bodies go out. */
export class RawEncoder extends Encoder {
  /** The empty message has come, by which an application closes its connection. Nothing comes behind it. */
  ended = false;

  override frameLength(bodyLength: number): number {
    return bodyLength;
  }

  protected override header(_flags: number, bodyLength: number): Uint8Array {
    if (bodyLength === 0) this.ended = true;
    return EMPTY;
  }
}
