/**
 * Frames lie in a ring as they go over the wire: ZMTP 3 framing (RFC 37), so an I/O worker writes
 * slices of a ring to the kernel and reads from the kernel into a ring.
 *
 *     short   flags │ length (1)      │ body
 *     long    flags │ length (8, BE)  │ body        flags has LONG
 *
 * One kind of frame never goes over a wire. Its body lies elsewhere in the arena:
 *
 *     reference   flags │ 8 │ offset (4, BE), length (4, BE)       flags has REFERENCE
 */
export const FRAME_MORE = 1;
export const FRAME_LONG = 2;
/** For the peer's socket, not for its application: see signal-frame.ts. Other commands of a wire peer never get into a ring. */
export const FRAME_COMMAND = 4;
/** A bit that ZMTP reserves; of what comes over a wire those bits are cleared. */
export const FRAME_REFERENCE = 128;
/** Flags that mean something in ZMTP. */
export const FRAME_WIRE_FLAGS = FRAME_MORE | FRAME_LONG | FRAME_COMMAND;

export const SHORT_BODY_MAX = 255;
export const SHORT_HEADER = 2;
export const LONG_HEADER = 9;
/** Bytes of a reference's frame in a ring. */
export const REFERENCE_FRAME = SHORT_HEADER + 8;

export function headerLength(bodyLength: number): number {
  return bodyLength > SHORT_BODY_MAX ? LONG_HEADER : SHORT_HEADER;
}

export function frameLength(bodyLength: number): number {
  return bodyLength + headerLength(bodyLength);
}
