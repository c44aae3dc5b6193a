import { Allocator } from '../../../../src/runtime/memory/allocator.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load, store } from '../../../../src/runtime/memory/atomics.js';
import { slotAt } from '../../../../src/runtime/memory/layout.js';
import { PageTable } from '../../../../src/runtime/memory/pages.js';
import {
  Directory,
  LISTED_BYTES,
  LISTED_PIPE_A,
  readEntry,
} from '../../../../src/runtime/thread/directory.js';
import type { Scenario } from '../explore.js';
import { makeArena } from '../world.js';

/** A thread changes its directory while an observer looks into it. */

const ARENA_SIZE = 2 ** 20;
/** How often the observer looks: before, in the middle of it, and afterwards. */
const LOOKS = 3;
const ALIVE = (): boolean => true;

interface Listing {
  readonly arena: Arena;
  readonly directory: Directory;
  readonly entry: number;
  /** Two blocks: each holds the number of the socket that it belongs to, twice. */
  readonly blocks: readonly [number, number];
}

function list(): Listing {
  const arena = makeArena(ARENA_SIZE);
  const allocator = new Allocator(new PageTable(arena.words, ARENA_SIZE, 1), () => undefined);
  const directory = new Directory(arena.words, allocator, slotAt(0));
  const first = allocator.allocate(LISTED_BYTES) >>> 2;
  const second = allocator.allocate(LISTED_BYTES) >>> 2;
  own(arena, first, 1);
  own(arena, second, 2);
  const entry = directory.enlist(LISTED_PIPE_A, first, 1);
  return { arena, directory, entry, blocks: [first, second] };
}

function own({ words }: Arena, block: number, socket: number): void {
  store(words, block, socket);
  store(words, block + 1, socket);
}

/** Looks at the entry as an observer does. Answers what it has found of one piece, 0 for nothing. */
function look({ arena, entry, blocks }: Listing): number {
  const { words } = arena;
  const listed = readEntry(words, 0, entry, ALIVE, 2);
  if (listed === undefined) return 0;
  const { at, socket } = listed;
  if (at !== blocks[socket - 1]) throw new Error('an entry of two pieces');
  const first = load(words, at);
  const second = load(words, at + 1);
  if (!listed.unchanged()) return 0;
  if (first !== second) throw new Error('a block of two pieces');
  return first;
}

function observe(listing: Listing): void {
  for (let i = 0; i < LOOKS; i++) look(listing);
}

function checkFound(listing: Listing, found: number): void {
  if (look(listing) !== found) throw new Error('the entry does not say what it should');
}

/** An entry is struck, what it led to becomes another's, and the entry leads elsewhere. */
export function relisted(): Scenario {
  const listing = list();
  const { arena, directory, entry, blocks } = listing;
  const change = (): void => {
    directory.strike(entry);
    own(arena, blocks[0], 7);
    directory.enlist(LISTED_PIPE_A, blocks[1], 2);
  };
  return { threads: [change, () => observe(listing)], check: () => checkFound(listing, 2) };
}

/** What the entry leads to is written anew. */
export function rewritten(): Scenario {
  const listing = list();
  const { arena, directory, entry, blocks } = listing;
  const change = (): void => {
    directory.rewrite(entry, () => own(arena, blocks[0], 7));
  };
  return { threads: [change, () => observe(listing)], check: () => checkFound(listing, 7) };
}
