import { Buffer } from 'node:buffer';
import { bodyLength, type Body } from '../base/message.js';

/**
 * Frames lie in a ring as they go over the wire: ZMTP 3 framing (RFC 37), so an I/O worker writes
 * slices of a ring to the kernel and reads from the kernel into a ring.
 *
 *     short   flags │ length (1)      │ body
 *     long    flags │ length (8, BE)  │ body        flags has LONG
 *
 * Three kinds never go over a wire as they lie, and are called special. The body of one lies elsewhere in the
 * arena, another is a piece of a message too long to lie here whole, the third says who sends what follows:
 *
 *     reference   flags │ 8 │ offset (4, BE), length (4, BE)       flags has REFERENCE
 *     piece       flags │ length │ some bytes of the message       flags has PIECE
 *     note        flags │ length │ properties of a peer            flags has NOTE and COMMAND
 *
 * A reference whose offset is 0 is a ticket: it stands for the last message of a ring that conflates, whichever that is when
 * the consumer comes to it. See RingConsumer.redeem.
 *
 * Pieces are published one by one. Their bodies together are the message as it would lie here, header and
 * body of each frame; every piece but the last has MORE. One with COMMAND, which is empty, comes in place of
 * the rest: the message will not be finished, and never was.
 */
export const FRAME_MORE = 1;
export const FRAME_LONG = 2;
/** For the peer's socket, not for its application: see signal-frame.ts. Other commands of a wire peer never get into a ring. */
export const FRAME_COMMAND = 4;
/** Bits that ZMTP reserves; of what comes over a wire those bits are cleared. */
export const FRAME_NOTE = 32;
export const FRAME_PIECE = 64;
export const FRAME_REFERENCE = 128;
/** In place of a body's: no body lies at the arena's beginning. */
export const TICKET_OFFSET = 0;
/** Flags that mean something in ZMTP. */
export const FRAME_WIRE_FLAGS = FRAME_MORE | FRAME_LONG | FRAME_COMMAND;

export const SHORT_BODY_MAX = 255;
/** Bytes that a character of a string takes at most. */
const UTF8_MOST = 3;
export const SHORT_HEADER = 2;
export const SHORT_FRAME_MAX = SHORT_HEADER + SHORT_BODY_MAX;
export const LONG_HEADER = 9;
/** Bytes of a reference's frame in a ring. */
export const REFERENCE_FRAME = SHORT_HEADER + 8;
/** Bytes of a ring that a piece takes besides its body: its header, and what takes the message back after it. */
export const PIECE_OVERHEAD = LONG_HEADER + SHORT_HEADER;

export function headerLength(bodyLength: number): number {
  return bodyLength > SHORT_BODY_MAX ? LONG_HEADER : SHORT_HEADER;
}

export function frameLength(bodyLength: number): number {
  return bodyLength + headerLength(bodyLength);
}

/** Bytes of a message on a wire or in a ring. */
export function messageLength(bodies: readonly Body[]): number {
  let length = 0;
  for (const body of bodies) length += frameLength(bodyLength(body));
  return length;
}

/** Has a message more bytes than `most`? Usually that can be told without counting those of its strings. */
export function isLonger(bodies: readonly Body[], most: number): boolean {
  let bound = 0;
  for (const body of bodies) {
    bound += LONG_HEADER + (typeof body === 'string' ? UTF8_MOST : 1) * body.length;
  }
  return bound > most && messageLength(bodies) > most;
}

/** The header of a frame on a wire. @param flags MORE or nothing */
export function wireHeader(flags: number, bodyLength: number): Buffer {
  const header = Buffer.alloc(headerLength(bodyLength));
  if (header.length === SHORT_HEADER) {
    header[0] = flags;
    header[1] = bodyLength;
  } else {
    header[0] = flags | FRAME_LONG;
    header.writeBigUInt64BE(BigInt(bodyLength), 1);
  }
  return header;
}
