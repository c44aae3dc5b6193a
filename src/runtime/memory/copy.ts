import type { Arena } from './arena.js';

/**
 * Copies between private memory and the arena. Which way is fastest differs by size: up to 32 bytes a
 * loop beats any call, in steps of four bytes, since a step costs as much as a byte; up to about 1 KiB
 * `set` beats the native copy's overhead; from there `set` on shared memory falls to a byte at a time
 * on some V8 versions (5–12 µs for 64 KiB), while Node's own copy stays at 2. Sources of `fill` must
 * not be empty: Node would write zeros over the whole range.
 */
const LOOP_BYTES = 32;
const NATIVE_BYTES = 1024;

/** Writes `length` bytes of `source` from `from` on to byte offset `at`. */
export function copyIn(
  arena: Arena,
  at: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  if (length <= LOOP_BYTES) {
    const bytes = arena.bytes;
    let i = 0;
    for (const last = length - 4; i <= last; i += 4) {
      const s = from + i;
      const t = at + i;
      bytes[t] = source[s]!;
      bytes[t + 1] = source[s + 1]!;
      bytes[t + 2] = source[s + 2]!;
      bytes[t + 3] = source[s + 3]!;
    }
    for (; i < length; i++) bytes[at + i] = source[from + i]!;
    return;
  }
  const part = length === source.length ? source : source.subarray(from, from + length);
  if (length < NATIVE_BYTES) arena.bytes.set(part, at);
  else arena.buffer.fill(part, at, at + length);
}

/** Reads `length` bytes at byte offset `at` into `target` from `to` on. */
export function copyOut(
  arena: Arena,
  at: number,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  if (length <= LOOP_BYTES) {
    const bytes = arena.bytes;
    let i = 0;
    for (const last = length - 4; i <= last; i += 4) {
      const s = at + i;
      const t = to + i;
      target[t] = bytes[s]!;
      target[t + 1] = bytes[s + 1]!;
      target[t + 2] = bytes[s + 2]!;
      target[t + 3] = bytes[s + 3]!;
    }
    for (; i < length; i++) target[to + i] = bytes[at + i]!;
    return;
  }
  arena.buffer.copy(target, to, at, at + length);
}
