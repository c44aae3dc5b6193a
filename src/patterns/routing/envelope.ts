import { EMPTY, type Body } from '../../runtime/base/message.js';

/** The empty frame alone: what a request without a number begins with, and its reply. RFC 28. */
export const DELIMITER: readonly Uint8Array[] = [EMPTY];

/**
 * Puts messages with their envelopes in front together, in a list that is used again: nobody keeps one that is
 * written, and each request and reply would make another.
 */
export class Enveloper {
  private readonly frames: Body[] = [];

  /** @returns the frames of `envelope`, then `bodies`; good until the next call */
  join(envelope: readonly Uint8Array[], bodies: readonly Body[]): readonly Body[] {
    const { frames } = this;
    const before = envelope.length;
    for (let i = 0; i < before; i++) frames[i] = envelope[i]!;
    for (let i = 0; i < bodies.length; i++) frames[before + i] = bodies[i]!;
    if (frames.length !== before + bodies.length) frames.length = before + bodies.length;
    return frames;
  }
}
