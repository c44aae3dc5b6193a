import type { Allocator } from '../memory/allocator.js';
import { load, store, type Words } from '../memory/atomics.js';
import {
  SLOT_DIRECTORY,
  SLOT_EPOCH,
  SLOT_LEFT,
  SLOT_LIVE,
  SLOT_UNLISTED,
  slotAt,
} from '../memory/layout.js';
import { slotState } from './slot.js';

/**
 * A thread's directory: where its sockets and pipe ends lie, for observers. It is a chain of chunks that
 * the thread allocates as it needs them, each with entries of four words:
 *
 *     version │ kind │ word address │ number of the socket
 *
 * The owner alone writes. It makes the version odd before it changes an entry, or what the entry leads to,
 * and even again afterwards; an observer that finds the same even version before and after it has looked
 * has seen one state of it. An entry is struck before what it leads to is freed: so whoever finds it
 * unchanged after reading a pipe has read that pipe, and not what came into its memory later. Both sides
 * go through atomics, without which those orders would mean nothing.
 */
const ENTRY_VERSION = 0;
const ENTRY_KIND = 1;
const ENTRY_AT = 2;
const ENTRY_SOCKET = 3;
const ENTRY_WORDS = 4;

/** What an entry is of. */
export const LISTED_NOTHING = 0;
export const LISTED_SOCKET = 1;
export const LISTED_PIPE_A = 2;
export const LISTED_PIPE_B = 3;
/** Added to a pipe's kind once this end has left it, and waits for the other. */
const LISTED_LEFT = 4;

/** Word address of the next chunk, 0 for none. Written before the chunk is linked. */
const CHUNK_NEXT = 0;
const CHUNK_ENTRIES = ENTRY_WORDS;
/** A block of the pipes' size class, which every thread with an entry uses anyway. */
const CHUNK_BYTES = 1024;
const CHUNK_WORDS = CHUNK_BYTES / 4;

/** What an entry leads to is a block of this size. */
export const LISTED_BYTES = 1024;

/** Of others the reaper sweeps the memory. */
const PRESENT: readonly number[] = [SLOT_LIVE, SLOT_LEFT];

/** How often an observer looks again at an entry that is being changed, before it goes on without it. */
const LOOKS_MOST = 1000;

/** The owner's side. */
export class Directory {
  private readonly free: number[] = [];
  private readonly chunks: number[] = [];

  /** @param slot word address of the owner's slot */
  constructor(
    private readonly words: Words,
    private readonly allocator: Allocator,
    private readonly slot: number,
  ) {}

  /** Adds an entry for what lies at `at`. Answers its address, 0 if the arena has no room for it. */
  enlist(kind: number, at: number, socket: number): number {
    const entry = this.free.pop() ?? this.extend();
    if (entry === 0) this.miss();
    else this.fill(entry, kind, at, socket);
    return entry;
  }

  /** Something has no entry: observers learn at least that. */
  miss(): void {
    const at = this.slot + SLOT_UNLISTED;
    this.words[at] = this.words[at]! + 1;
  }

  /** This end has left its pipe. `entry` may be 0 here as below. */
  leave(entry: number): void {
    if (entry === 0) return;
    this.begin(entry);
    store(this.words, entry + ENTRY_KIND, this.words[entry + ENTRY_KIND]! | LISTED_LEFT);
    this.end(entry);
  }

  /** Removes the entry. Before what it leads to is freed. */
  strike(entry: number): void {
    if (entry === 0) return;
    this.fill(entry, LISTED_NOTHING, 0, 0);
    this.free.push(entry);
  }

  /** Changes what the entry leads to, as one step for observers; `change` goes through atomics. */
  rewrite(entry: number, change: () => void): void {
    if (entry === 0) return;
    this.begin(entry);
    change();
    this.end(entry);
  }

  /** Gives the chunks back. The thread leaves, and has no pipe any more. */
  release(): void {
    store(this.words, this.slot + SLOT_DIRECTORY, 0);
    for (const chunk of this.chunks) this.allocator.release(chunk << 2);
    this.chunks.length = 0;
    this.free.length = 0;
  }

  private extend(): number {
    const chunk = this.allocator.allocate(CHUNK_BYTES) >>> 2;
    if (chunk === 0) return 0;
    this.words.fill(0, chunk, chunk + CHUNK_WORDS);
    this.words[chunk + CHUNK_NEXT] = this.chunks.at(-1) ?? 0;
    this.chunks.push(chunk);
    for (let at = CHUNK_WORDS - ENTRY_WORDS; at > CHUNK_ENTRIES; at -= ENTRY_WORDS) {
      this.free.push(chunk + at);
    }
    store(this.words, this.slot + SLOT_DIRECTORY, chunk);
    return chunk + CHUNK_ENTRIES;
  }

  private fill(entry: number, kind: number, at: number, socket: number): void {
    this.begin(entry);
    store(this.words, entry + ENTRY_KIND, kind);
    store(this.words, entry + ENTRY_AT, at);
    store(this.words, entry + ENTRY_SOCKET, socket);
    this.end(entry);
  }

  private begin(entry: number): void {
    store(this.words, entry + ENTRY_VERSION, (this.words[entry + ENTRY_VERSION]! + 1) | 0);
  }

  private end(entry: number): void {
    this.begin(entry);
  }
}

/** An entry, as an observer has found it. */
export interface Listed {
  readonly slot: number;
  readonly kind: number;
  /** This end has left its pipe. */
  readonly left: boolean;
  /** Word address of a block of LISTED_BYTES. */
  readonly at: number;
  readonly socket: number;
  /** Is it still there, as it was? Then so was what it leads to, as long as it was read. */
  unchanged(): boolean;
}

/**
 * What is listed in a thread's directory. The thread may write it, leave or die meanwhile: what is found
 * then is left out, or no longer `unchanged`.
 */
export function readDirectory(words: Words, slot: number): Listed[] {
  const listed: Listed[] = [];
  const owner = slotAt(slot);
  const epoch = load(words, owner + SLOT_EPOCH);
  const present = (): boolean =>
    load(words, owner + SLOT_EPOCH) === epoch && PRESENT.includes(slotState(words, slot));

  let chunk = load(words, owner + SLOT_DIRECTORY);
  // A chunk that was swept may lead anywhere: never out of the arena, and not round in circles.
  for (let most = words.length / CHUNK_WORDS; most > 0 && inArena(words, chunk); most--) {
    for (let at = CHUNK_ENTRIES; at < CHUNK_WORDS; at += ENTRY_WORDS) {
      const entry = readEntry(words, slot, chunk + at, present);
      if (entry !== undefined) listed.push(entry);
    }
    chunk = load(words, chunk + CHUNK_NEXT);
  }
  return present() ? listed : [];
}

/**
 * What an entry says; undefined if nothing, or if it is still being changed after so many looks.
 * @param present has the slot the same owner as before?
 */
export function readEntry(
  words: Words,
  slot: number,
  entry: number,
  present: () => boolean,
  looksMost = LOOKS_MOST,
): Listed | undefined {
  for (let looks = 0; looks < looksMost; looks++) {
    const version = load(words, entry + ENTRY_VERSION);
    if ((version & 1) !== 0) continue;
    const kind = load(words, entry + ENTRY_KIND);
    const at = load(words, entry + ENTRY_AT);
    const socket = load(words, entry + ENTRY_SOCKET);
    if (load(words, entry + ENTRY_VERSION) !== version) continue;
    if (kind === LISTED_NOTHING || !inArena(words, at)) return undefined;
    return {
      slot,
      kind: kind & ~LISTED_LEFT,
      left: (kind & LISTED_LEFT) !== 0,
      at,
      socket,
      unchanged: () => load(words, entry + ENTRY_VERSION) === version && present(),
    };
  }
  return undefined;
}

/** Can a block of LISTED_BYTES lie there? */
function inArena(words: Words, at: number): boolean {
  return at > 0 && at + LISTED_BYTES / 4 <= words.length;
}
