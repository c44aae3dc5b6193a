import { INPROC_NAMES, SLOTS } from '../base/limits.js';

/**
 * Where things lie in a context's arena. Word addresses count 32-bit words from its start, byte
 * offsets count bytes; a comment names who writes and who reads each word.
 *
 *     ┌ header ── 4 KiB ┬ slots ── 1024 × 640 B ┬ names ── 64 Ki × 16 B ┬ page table ┬ pages … ┐
 *     └ one per context ┴ one per thread        ┴ inproc                ┴ 1 word each┴ 64 KiB ─┘
 *
 * Untouched parts cost no memory: the operating system commits a page when it is first written.
 */

/** 'LOOM', so that a stray SharedArrayBuffer is not taken for a context. */
export const MAGIC = 0x4c4f4f4d;

/** Raised with every change of this file or of a layout that lies in the arena. */
export const LAYOUT_VERSION = 3;

/**
 * Words that different threads write lie this far apart: two cache lines, since the prefetcher of
 * current processors fetches lines in pairs.
 */
export const LINE_WORDS = 32;

// ── Header. Written once by the creator, unless said otherwise. ──────────────────────────────────
export const HEADER_MAGIC = 0;
export const HEADER_VERSION = 1;
export const HEADER_BYTES = 2;
/** How many I/O workers the context may start. */
export const HEADER_IO_THREADS = 3;
/** Open sockets at most. */
export const HEADER_MAX_SOCKETS = 4;
/** ZMQ_BLOCKY: 0 gives new sockets linger 0. */
export const HEADER_BLOCKY = 5;
export const HEADER_IPV6 = 6;
/** One of the CONTEXT_ values. Anyone raises it, never lowers it; everyone reads it before sleeping. */
export const HEADER_STATE = LINE_WORDS;
/** Threads declared dead so far. The reaper adds; everyone compares before sleeping. */
export const HEADER_DEATHS = LINE_WORDS + 1;
/** Next epoch. Whoever claims a slot adds. */
export const HEADER_EPOCH = 2 * LINE_WORDS;
/** Open sockets. Their owners add and subtract. */
export const HEADER_SOCKETS = 2 * LINE_WORDS + 1;
/** Spreads connections over I/O workers. Whoever binds or connects adds. */
export const HEADER_NEXT_IO = 2 * LINE_WORDS + 2;
/** Connecters with `immediate` so far, each of which has a number. Whoever connects adds. */
export const HEADER_CONNECTERS = 2 * LINE_WORDS + 3;
/** One word for each I/O worker: an IO_ state. See runtime/context/io-workers.ts. */
export const HEADER_IO_STATES = 3 * LINE_WORDS;

export const CONTEXT_RUNNING = 0;
/** Every blocked and later call answers ETERM. */
export const CONTEXT_TERMINATED = 1;
/** The process ends: I/O workers treat every socket as closed, each with its own linger. */
export const CONTEXT_EXITING = 2;
/** Sockets are closed and linger is over: I/O workers leave. */
export const CONTEXT_STOPPED = 3;

const HEADER_WORDS = 1024;

// ── Slots: one per thread. ───────────────────────────────────────────────────────────────────────
/** One of the SLOT_ values. Free to live by compare-exchange of the claimer; back by the owner. */
export const SLOT_STATE = 0;
/** Tells this owner of the slot from earlier ones. Written by the claimer. */
export const SLOT_EPOCH = 1;
/**
 * Node's threadId, for postMessageToThread. Written by the claimer once the slot is live, and back to 0 by
 * the owner before it is free.
 */
export const SLOT_THREAD_ID = 2;
/**
 * Open sockets of the thread. Written by the owner. Nobody reads it yet: it is what has to be taken
 * from the context's count when the thread dies without closing them.
 */
export const SLOT_SOCKETS = 3;
/** Pipe ends and listeners an I/O worker still serves. Written by it, read by whoever terminates. */
export const SLOT_SERVING = 4;
/**
 * Commands the thread has posted that are not carried out yet, but for standing ones. Owner adds,
 * receivers subtract.
 */
export const SLOT_PENDING = LINE_WORDS;
/** Pipes whose other end has let go of this thread's memory. Peers add; the owner compares before sleeping. */
export const SLOT_RETURNED = LINE_WORDS + 1;
/** 1 while the owner is about to sleep or sleeps. Owner sets; whoever rings clears by exchange. */
export const SLOT_SLEEPING = 2 * LINE_WORDS;
/** The doorbell: a counter the owner, and nobody else, waits on. Whoever rings adds. */
export const SLOT_BELL = 2 * LINE_WORDS + 1;
/** Top of the ready list. Anyone pushes by compare-exchange, the owner takes all by exchange. */
export const SLOT_TOP = 3 * LINE_WORDS;

/**
 * A line for observers, see runtime/context/read-stats.ts: what the thread does, and what it has. The
 * owner writes it, by plain stores unless said otherwise; whoever observes may see it a little late. Nothing but
 * statistics may rest on it.
 */
export const SLOT_OBSERVED = 4 * LINE_WORDS;
/** The blocking call that the thread is in, 0 for none; see runtime/thread/activity.ts. */
export const SLOT_CALL = SLOT_OBSERVED;
/** Number of the socket whose call that is, 0 if it is no socket's. Written before SLOT_CALL. */
export const SLOT_CALL_SOCKET = SLOT_OBSERVED + 1;
/** When the thread went to rest, in the call or in its event loop; see runtime/base/clock.ts. */
export const SLOT_SINCE = SLOT_OBSERVED + 2;
/** First chunk of the thread's directory, 0 for none; stored atomically. See runtime/thread/directory.ts. */
export const SLOT_DIRECTORY = SLOT_OBSERVED + 3;
/** Sockets and pipe ends that the directory has had no room for. */
export const SLOT_UNLISTED = SLOT_OBSERVED + 4;
/** Blocks in use and pages owned, two words for each size class; see counts.ts. */
export const SLOT_CLASSES = SLOT_OBSERVED + 8;

export const SLOT_WORDS = 5 * LINE_WORDS;

export const SLOT_FREE = 0;
export const SLOT_LIVE = 1;
/** Its thread is gone, but peers may still read what it wrote. */
export const SLOT_LEFT = 2;

/** The slot of the context's creator, who alone may start I/O workers. */
export const CREATOR_SLOT = 0;
/** I/O workers follow it. Their mailboxes take commands before they run. */
export const FIRST_IO_SLOT = 1;

const SLOTS_AT = HEADER_WORDS;

/** Word address of a slot. */
export function slotAt(slot: number): number {
  return SLOTS_AT + slot * SLOT_WORDS;
}

// ── Names: see runtime/context/inproc-names.ts. ──────────────────────────────────────────────────
export const NAMES_AT = SLOTS_AT + SLOTS * SLOT_WORDS;
export const NAME_WORDS = 4;

// ── Page table and pages: see pages.ts. ──────────────────────────────────────────────────────────
export const PAGE_SHIFT = 16;
export const PAGE_BYTES = 1 << PAGE_SHIFT;
export const PAGE_TABLE_AT = NAMES_AT + INPROC_NAMES * NAME_WORDS;

/** The first page that holds no table. */
export function firstPage(pages: number): number {
  return Math.ceil(((PAGE_TABLE_AT + pages) * 4) / PAGE_BYTES);
}
