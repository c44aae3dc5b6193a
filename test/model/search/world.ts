import { Arena } from '../../../src/runtime/memory/arena.js';
import { HEADER_END } from './addresses.js';

/**
 * The memory in which scenarios run. There is one, reset for each schedule. Every atomic operation is
 * carried out here, one at a time; whoever touches what was freed, or races, fails.
 */

/** An atomic operation that a thread is about to carry out: its name, and its arguments but the first. */
export type Operation = [name: string, at: number, value: number, other: number];

/** What takes steps: hands each operation to whoever runs it, and is given the result. */
export type Steps = Generator<Operation, unknown, number>;

/** What a schedule did wrong. */
export class Violation extends Error {}

const BYTES = 1 << 18;
/** Smallest part that is allocated or free as a whole. */
const GRANULE = 64;
/** Blocks begin here; before it lie the header, the first slots and a few names. */
const FIRST_BLOCK = Math.ceil((HEADER_END * 4) / GRANULE) * GRANULE;
const THREADS_MAX = 4;
/** Of what is larger there may be too little, see `exhaust`. */
const SMALL_BYTES = 1024;
/** The thread that sets a scenario up: everything it does comes before everything else. */
const SETUP = -1;

const memory = new SharedArrayBuffer(BYTES);
const words = new Int32Array(memory);
const bytes = new Uint8Array(memory);
const live = new Uint8Array(BYTES / GRANULE);
let nextBlock = FIRST_BLOCK;
/** A word of the header that nobody has: how many large blocks may still be allocated, once they are exhausted. */
const LARGE_FREE = 1000;
let exhausted = false;
/** How often a thread looks for work before it sleeps. */
let looks = 0;

/** Whose operation is being carried out. */
let current = SETUP;

/** Hash of all words that were written atomically, in two halves. */
export const memoryHash = new Int32Array(2);
/** Per thread, hash of all that it has seen, in two halves: with it the thread's state is fixed. */
export const seenHash = new Int32Array(2 * THREADS_MAX);
/** Operations that changed a word, and per thread how many there were at its last own one. */
let changes = 0;
const changesSeen = new Int32Array(THREADS_MAX);

// ── Who knows of what: vector clocks ─────────────────────────────────────────────────────────────
/** `clocks[t * THREADS_MAX + u]`: how far thread t knows of thread u. */
const clocks = new Int32Array(THREADS_MAX * THREADS_MAX);
/** What the last atomic write of a word tells whoever reads it. */
const published = new Map<number, Int32Array>();
const NOTHING_KNOWN = new Int32Array(THREADS_MAX);
/** Last plain write of each byte, as thread and clock; the last plain read by each thread. */
const written = new Int32Array(BYTES);
const readBy = Array.from({ length: THREADS_MAX }, () => new Int32Array(BYTES));
let touched: number[] = [];
const THREAD_SHIFT = 24;

/** Names of words, kept only while somebody will read them. */
const labels = new Map<number, string>();
let labelling = false;

export function keepLabels(keep: boolean): void {
  labelling = keep;
}

/** Forgets everything, for the next schedule. */
export function reset(): void {
  bytes.fill(0, 0, nextBlock);
  live.fill(0, 0, nextBlock / GRANULE + 1);
  live.fill(1, 0, FIRST_BLOCK / GRANULE);
  nextBlock = FIRST_BLOCK;
  exhausted = false;
  looks = 0;
  current = SETUP;
  memoryHash.fill(0);
  seenHash.fill(0);
  changes = 0;
  changesSeen.fill(0);
  clocks.fill(0);
  for (let t = 0; t < THREADS_MAX; t++) clocks[t * THREADS_MAX + t] = 1;
  published.clear();
  for (const at of touched) {
    written[at] = 0;
    for (const read of readBy) read[at] = 0;
  }
  touched = [];
  labels.clear();
  owned.clear();
  timers.clear();
}

/** From now on `thread` acts. */
export function enter(thread: number): void {
  current = thread;
}

/** Has another thread changed anything since the last operation of this one? */
export function hasChanged(thread: number): boolean {
  return changes !== changesSeen[thread];
}

/** Marks something a thread went through that is no operation. */
export function note(thread: number, what: number): void {
  remember(thread, what);
}

/** Carries out an operation of the current thread, other than waiting. */
export function perform(name: string, at: number, value: number, other: number): number {
  checkLive(at * 4, 4, 'atomic');
  const before = words[at]!;
  let answer = before;
  switch (name) {
    case 'load':
      acquire(at);
      break;
    case 'store':
      write(at, before, value);
      publish(at, false);
      answer = 0;
      break;
    case 'exchange':
      acquire(at);
      write(at, before, value);
      publish(at, true);
      break;
    case 'add':
      acquire(at);
      write(at, before, (before + value) | 0);
      publish(at, true);
      break;
    case 'compareExchange':
      acquire(at);
      if (before !== value) break;
      write(at, before, other);
      publish(at, true);
      break;
    default:
      throw new Error(`No such operation: ${name}`);
  }
  if (current !== SETUP) {
    remember(current, answer);
    changesSeen[current] = changes;
  }
  return answer;
}

/** Runs steps in a row, as the current thread's. */
export function runAtOnce(steps: Steps): unknown {
  let result = steps.next(0);
  while (result.done !== true) {
    const [name, at, value, other] = result.value;
    result = steps.next(name === 'notify' ? 0 : perform(name, at, value, other));
  }
  return result.value;
}

/** What a word holds; for waiting, which looks and parks in one step. */
export function peek(at: number): number {
  checkLive(at * 4, 4, 'atomic');
  return words[at]!;
}

function write(at: number, before: number, value: number): void {
  words[at] = value;
  if (words[at] === before) return;
  changes++;
  memoryHash[0]! ^= mix(at, before) ^ mix(at, words[at]);
  memoryHash[1]! ^= mix(~at, before) ^ mix(~at, words[at]);
}

function remember(thread: number, value: number): void {
  seenHash[2 * thread] = mix(seenHash[2 * thread]!, value);
  seenHash[2 * thread + 1] = mix(seenHash[2 * thread + 1]! ^ 0x5bd1e995, value);
}

/** A mixer of two words, after the finalizers of well-known hash functions. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
  return hash ^ (hash >>> 16);
}

// ── Races ────────────────────────────────────────────────────────────────────────────────────────

function acquire(at: number): void {
  if (current === SETUP) return;
  checkWritten(at * 4, 'an atomic read');
  const clock = published.get(at);
  if (clock === undefined) return;
  const own = current * THREADS_MAX;
  for (let u = 0; u < THREADS_MAX; u++) {
    if (clock[u]! > clocks[own + u]!) clocks[own + u] = clock[u]!;
  }
}

function publish(at: number, keep: boolean): void {
  if (current === SETUP) {
    published.set(at, NOTHING_KNOWN);
    return;
  }
  checkWritten(at * 4, 'an atomic write');
  const own = current * THREADS_MAX;
  const clock = clocks.slice(own, own + THREADS_MAX);
  const before = keep ? published.get(at) : undefined;
  if (before !== undefined) {
    for (let u = 0; u < THREADS_MAX; u++) clock[u] = Math.max(clock[u]!, before[u]!);
  }
  published.set(at, clock);
  clocks[own + current]!++;
}

function checkWritten(at: number, what: string): void {
  const last = written[at]!;
  if (last === 0) return;
  const writer = last >>> THREAD_SHIFT;
  if (writer === current) return;
  if (clocks[current * THREADS_MAX + writer]! < (last & ((1 << THREAD_SHIFT) - 1))) {
    throw new Violation(
      `race: ${what} of ${nameOf(at >>> 2)} and a plain write by thread ${writer}`,
    );
  }
}

function plain(at: number, isWrite: boolean): void {
  if (current === SETUP) return;
  checkWritten(at, isWrite ? 'a plain write' : 'a plain read');
  touched.push(at);
  const clock = clocks[current * THREADS_MAX + current]!;
  if (!isWrite) {
    readBy[current]![at] = clock;
    return;
  }
  checkRead(at, 'a plain write');
  written[at] = (current << THREAD_SHIFT) | clock;
}

function checkRead(at: number, what: string): void {
  for (let u = 0; u < THREADS_MAX; u++) {
    if (u !== current && clocks[current * THREADS_MAX + u]! < readBy[u]![at]!) {
      throw new Violation(`race: ${what} of ${nameOf(at >>> 2)} and a plain read by thread ${u}`);
    }
  }
}

function checkLive(at: number, length: number, what: string): void {
  for (let g = Math.floor(at / GRANULE); g * GRANULE < at + length; g++) {
    if (live[g] !== 1) throw new Violation(`${what} access to free memory at ${nameOf(at >>> 2)}`);
  }
}

/** A plain read of one element of the arena's words or bytes. */
export function plainRead(view: Int32Array | Uint8Array, index: number): number {
  const at = index * view.BYTES_PER_ELEMENT;
  if (view.buffer === memory) {
    checkLive(at, view.BYTES_PER_ELEMENT, 'plain');
    plain(at, false);
  }
  return view[index]!;
}

export function plainWrite(view: Int32Array | Uint8Array, index: number, value: number): number {
  const at = index * view.BYTES_PER_ELEMENT;
  if (view.buffer === memory) {
    checkLive(at, view.BYTES_PER_ELEMENT, 'plain');
    plain(at, true);
    // What was stored atomically before can be what others wait for.
    if (view === words && published.has(index)) changes++;
  }
  view[index] = value;
  return value;
}

/** Long bodies are looked at only at both ends. */
const LOOKED_AT = 16;

function plainRange(at: number, length: number, isWrite: boolean): void {
  checkLive(at, length, 'plain');
  for (let i = 0; i < length; i++) {
    if (i < LOOKED_AT || i >= length - LOOKED_AT) plain(at + i, isWrite);
  }
}

export function copyIn(
  _arena: Arena,
  at: number,
  source: Uint8Array,
  from: number,
  length: number,
): void {
  plainRange(at, length, true);
  bytes.set(source.subarray(from, from + length), at);
}

export function copyOut(
  _arena: Arena,
  at: number,
  target: Uint8Array,
  to: number,
  length: number,
): void {
  plainRange(at, length, false);
  target.set(bytes.subarray(at, at + length), to);
}

// ── What scenarios use ───────────────────────────────────────────────────────────────────────────

/** Passes when another thread has changed something since the caller's last operation. */
export function awaitChange(): void {
  throw new Error('Only as a step');
}

/** Ends a thread before its next operation, wherever it is. What it did is known to whoever finds it dead. */
export function kill(_memory: unknown, _thread: number): void {
  throw new Error('Only as a step');
}

export function killed(victim: number): void {
  const own = current * THREADS_MAX;
  for (let u = 0; u < THREADS_MAX; u++) {
    clocks[own + u] = Math.max(clocks[own + u]!, clocks[victim * THREADS_MAX + u]!);
  }
  changes++;
  remember(victim, 5);
  remember(current, 5);
}

/** Timers of all threads that have been set, and neither cleared nor run out, by number. */
const timers = new Map<number, { readonly run: () => void; readonly milliseconds: number }>();
let lastTimer = 0;

/** In place of `setTimeout`: time is the scenario's affair. */
export function setTimer(run: () => void, milliseconds: number): number {
  timers.set(++lastTimer, { run, milliseconds });
  return lastTimer;
}

/** In place of `clearTimeout`. */
export function clearTimer(timer: number | undefined): void {
  if (timer !== undefined) timers.delete(timer);
}

export function timersSet(): number {
  return timers.size;
}

/** So many milliseconds pass: what those do that run out within them. */
export function passTime(milliseconds: number): (() => void)[] {
  const due = [...timers].filter(([, timer]) => timer.milliseconds <= milliseconds);
  for (const [number] of due) timers.delete(number);
  return due.map(([, { run }]) => run);
}

/** The arena; `size` bounds only what a ring may take of it. */
export function makeArena(size: number): Arena {
  const buffer = Buffer.from(memory);
  const members = { words, bytes, buffer, size, handle: memory };
  return Object.create(Arena.prototype, Object.getOwnPropertyDescriptors(members)) as Arena;
}

/** From now on a large block is allocated only for one that was freed. */
export function exhaust(): void {
  exhausted = true;
}

/** In place of an Allocator: never gives the same memory twice, and notices who touches it afterwards. */
export class Blocks {
  blocks = 0;
  pages = 0;
  private readonly sizes = new Map<number, number>();

  constructor(
    { mark }: NoPages,
    private readonly freed: () => unknown,
  ) {
    owned.set(mark, this);
  }

  has(offset: number): boolean {
    return this.sizes.has(offset);
  }

  /** Its owner is dead. */
  sweep(): void {
    for (const offset of [...this.sizes.keys()]) this.release(offset);
  }

  /** Its offset, or the steps that lead to it: as pages are, large blocks are claimed and freed atomically. */
  allocate(size: number): number {
    if (size > SMALL_BYTES && exhausted) return this.claim(size) as unknown as number;
    return this.cut(size);
  }

  private *claim(size: number): Generator<Operation, number, number> {
    for (;;) {
      const free = yield ['load', LARGE_FREE, 0, 0];
      if (free === 0) return 0;
      const found = yield ['compareExchange', LARGE_FREE, free, free - 1];
      if (found === free) return this.cut(size);
    }
  }

  private *giveBack(): Generator<Operation, void, number> {
    yield ['add', LARGE_FREE, 1, 0];
    yield* this.freed() as Generator<Operation, void, number>;
  }

  private cut(size: number): number {
    const offset = nextBlock;
    const length = Math.ceil(size / GRANULE) * GRANULE;
    // A granule between blocks, so that running over an end is noticed.
    nextBlock += length + GRANULE;
    if (nextBlock > BYTES) throw new Error('The scenario needs more memory');
    live.fill(1, offset / GRANULE, (offset + length) / GRANULE);
    this.sizes.set(offset, length);
    this.blocks++;
    return offset;
  }

  trim(): void {
    // There are no pages.
  }

  /** Answers the steps that it takes, if there are any. */
  release(offset: number): unknown {
    const length = this.sizes.get(offset);
    if (length === undefined) throw new Violation(`freed, but not allocated: ${offset}`);
    this.sizes.delete(offset);
    this.blocks--;
    if (current !== SETUP) {
      for (const at of touched) {
        if (at < offset || at >= offset + length) continue;
        checkRead(at, 'the freeing');
        checkWritten(at, 'the freeing');
      }
    }
    live.fill(0, offset / GRANULE, (offset + length) / GRANULE);
    bytes.fill(0xa5, offset, offset + length);
    changes++;
    return length > SMALL_BYTES && exhausted ? this.giveBack() : undefined;
  }
}

/** Who has the blocks of an owner's mark. */
const owned = new Map<number, Blocks>();

/** In place of a PageTable: nobody asks for pages. */
export class NoPages {
  readonly pages = 0;

  constructor(
    _words: unknown,
    _bytes: number,
    readonly mark: number,
  ) {}
}

export function ownerMark(slot: number): number {
  return slot + 1;
}

export function slotOfPage(_words: unknown, offset: number): number {
  for (const [mark, blocks] of owned) if (blocks.has(offset)) return mark - 1;
  throw new Violation(`nobody owns what is at ${offset}`);
}

export function sweepPages(_words: unknown, _bytes: number, mark: number): void {
  // Who dies early has allocated nothing.
  owned.get(mark)?.sweep();
}

/** From now on, in this scenario, threads look so often: each look is a step. */
export function looking(times: number): void {
  looks = times;
}

/** In place of an IdleStrategy. */
export class FewLooks {
  budget(): number {
    return looks;
  }
  succeeded(): void {}
  failed(): void {}
}

/** Atomic operations where no step is possible: in constructors, and while a scenario is set up. */
export const immediate = {
  /** Of the keys of names, which scenarios make while they are set up. */
  compareExchange64: (keys: BigInt64Array, at: number, value: bigint, other: bigint) =>
    Atomics.compareExchange(keys, at, value, other),
  load: (_: unknown, at: number) => perform('load', at, 0, 0),
  store: (_: unknown, at: number, value: number) => void perform('store', at, value, 0),
  exchange: (_: unknown, at: number, value: number) => perform('exchange', at, value, 0),
  add: (_: unknown, at: number, value: number) => perform('add', at, value, 0),
  compareExchange: (_: unknown, at: number, value: number, other: number) =>
    perform('compareExchange', at, value, other),
};

/** Names the words of a structure at `base` for traces: every number in `layout` that begins with `prefix`. */
export function label(name: string, base: number, layout: object, prefix: string): void {
  if (!labelling) return;
  for (const [key, offset] of Object.entries(layout)) {
    if (key.startsWith(prefix) && typeof offset === 'number' && !labels.has(base + offset)) {
      labels.set(base + offset, `${name}.${key.slice(prefix.length)}`);
    }
  }
}

export function nameOf(at: number): string {
  return labels.get(at) ?? `word ${at}`;
}
