import { Buffer } from 'node:buffer';
import type { Arena } from './arena.js';
import { copiesNatively } from './native-copy.js';

/**
 * Copies between private memory and the arena. Which way is fastest differs by size and direction: up to 32 bytes a
 * loop beats any call, in steps of four bytes, since a step costs as much as a byte. V8's `set` copies shared memory word
 * by word, and where the two sides lie differently in their words, as a body in a ring mostly does, byte by byte:
 * 512 bytes in 150 ns, a mebibyte in 260 µs. `fill` is one native copy, 60 ns for up to 512 bytes and 22 µs for a
 * mebibyte; Node's `copy` is the same, and starts sooner, but only out of shared memory and since Node 22: else it is `set`.
 * Sources of `fill` must not be empty: Node would write zeros over the whole range.
 */
const LOOP_BYTES = 32;
const FILL_IN_BYTES = 256;
const FILL_OUT_BYTES = 512;

/** Works on any bytes, though TypeScript knows it of Buffers alone. */
const { fill } = Buffer.prototype as {
  readonly fill: (source: Uint8Array, from: number, end: number) => unknown;
};

/** Writes `length` bytes of `source` from `from` on to byte offset `at`. */
export function copyIn(
  arena: Arena,
  at: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  if (length > LOOP_BYTES) {
    copyInMany(arena, at, source, from, length);
  } else {
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
  }
}

// A function of its own, as copyOutMany is: so the loops are short enough to be compiled into whoever copies.
function copyInMany(
  arena: Arena,
  at: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  const part = length === source.length ? source : source.subarray(from, from + length);
  if (length < FILL_IN_BYTES) arena.bytes.set(part, at);
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
  if (length > LOOP_BYTES) {
    copyOutMany(arena, at, target, to, length);
  } else {
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
  }
}

function copyOutMany(
  arena: Arena,
  at: number,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  if (length < FILL_OUT_BYTES || copiesNatively()) arena.buffer.copy(target, to, at, at + length);
  else fill.call(target, arena.buffer.subarray(at, at + length), to, to + length);
}
