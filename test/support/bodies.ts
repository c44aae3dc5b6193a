import { createHash } from 'node:crypto';

/**
 * Either side of every boundary: the short frame, the first segment of a ring, the least body that lies outside
 * of it where it is sent to several and where it is sent to one, a 64 KiB page.
 */
export const SIZES: readonly number[] = [
  0,
  1,
  254,
  255,
  256,
  257,
  4096,
  4097,
  8191,
  8192,
  8193,
  16383,
  16384,
  65535,
  65536,
  65537,
  2 ** 20,
];

/** `size` bytes that no other size begins with, and in which any shift shows. */
export function body(size: number, seed = 0): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  let state = (size * 2654435761 + seed * 40503 + 1) >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** What to compare long bodies by, so that a failure does not print megabytes. */
export function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash('sha1').update(bytes).digest('hex')}`;
}
