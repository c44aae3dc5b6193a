/** The 32-bit big-endian number at a position, which may wrap. */
export function readWord(bytes: Uint8Array, data: number, mask: number, at: number): number {
  return (
    (bytes[data + (at & mask)]! << 24) |
    (bytes[data + ((at + 1) & mask)]! << 16) |
    (bytes[data + ((at + 2) & mask)]! << 8) |
    bytes[data + ((at + 3) & mask)]!
  );
}

export function writeWord(
  bytes: Uint8Array,
  data: number,
  mask: number,
  at: number,
  value: number,
): void {
  bytes[data + (at & mask)] = value >>> 24;
  bytes[data + ((at + 1) & mask)] = value >>> 16;
  bytes[data + ((at + 2) & mask)] = value >>> 8;
  bytes[data + ((at + 3) & mask)] = value;
}
