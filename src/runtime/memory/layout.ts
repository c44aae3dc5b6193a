import { INPROC_NAMES, IO_THREADS_MAX, SLOTS } from '../base/limits.js';

/**
 * Where things lie in a context's arena. Word addresses count 32-bit words from its start, byte
 * offsets count bytes; a comment names who writes and who reads each word.
 *
 *     ┌ header ── 4 KiB ┬ slots ── 1024 × 1152 B ┬ names ── 64 Ki × 16 B ┬ page table ┬ pages … ┐
 *     └ one per context ┴ one per thread        ┴ inproc                ┴ 1 word each┴ 64 KiB ─┘
 *
 * Untouched parts cost no memory: the operating system commits a page when it is first written.
 */

/** 'LOOM', so that a stray SharedArrayBuffer is not taken for a context. */
export const MAGIC = 0x4c4f4f4d;

/** Raised with every change of this file or of a layout that lies in the arena. */
export const LAYOUT_VERSION = 7;

/**
 * Words that different threads write lie this far apart: two cache lines, since the prefetcher of
 * current processors fetches lines in pairs.
 */
export const LINE_WORDS = 32;

// ── Header. Written once by the creator, unless said otherwise. ──────────────────────────────────
export const HEADER_MAGIC = 0;
export const HEADER_VERSION = 1;
export const HEADER_BYTES = 2;
/** How many I/O workers the context may start. Only the creator writes; everyone reads. */
export const HEADER_IO_THREADS = 3;
/** Open sockets at most. */
export const HEADER_MAX_SOCKETS = 4;
/** ZMQ_BLOCKY: 0 gives new sockets linger 0. */
export const HEADER_BLOCKY = 5;
export const HEADER_IPV6 = 6;
/** ZMQ_MAX_MSGSZ, which is kept and read, and of no effect. Any thread writes it. */
export const HEADER_MAX_MESSAGE_SIZE = 7;
/**
 * ZMQ_THREAD_NAME_PREFIX, the bytes of its text and zeros behind it. Only the creator writes, who also starts those that
 * it names; anyone reads.
 */
export const HEADER_NAME_PREFIX = 8;
export const NAME_PREFIX_WORDS = 4;
/** One of the CONTEXT_ values. Anyone raises it, never lowers it; everyone reads it before sleeping. */
export const HEADER_STATE = LINE_WORDS;
/**
 * Rounds of news about dead threads so far: see runtime/context/reaper.ts. Whoever finds a thread dead and
 * the reaper add; everyone compares before sleeping.
 */
export const HEADER_DEATHS = LINE_WORDS + 1;
/** Slot of the reaper, plus one; 0 while there is none. Written by the reaper, once it can be told. */
export const HEADER_REAPER = LINE_WORDS + 2;
/** How often threads have said how far they are with the dead. Everyone adds; the reaper compares. */
export const HEADER_TOLD = LINE_WORDS + 3;
/**
 * Raised to have every thread give back what its consumers have finished with, and try again what it
 * found no memory for. Whoever finds the arena exhausted adds, and whoever gives something back meanwhile.
 */
export const HEADER_MEMORY = LINE_WORDS + 4;
/**
 * 1: somebody waits for memory. Whoever does stores it before its last attempt; whoever has given something
 * back clears it by exchange, and then raises MEMORY. See thread/shortage.ts.
 */
export const HEADER_HUNGRY = LINE_WORDS + 5;
/** One more than the highest slot whose thread ever had a hand. Raised by that thread; producers load it. */
export const HEADER_HOLDERS = LINE_WORDS + 6;
/** Next epoch. Whoever claims a slot adds. */
export const HEADER_EPOCH = 2 * LINE_WORDS;
/** Open sockets, for their limit. Their owners add and subtract. */
export const HEADER_SOCKETS = 2 * LINE_WORDS + 1;
/** Spreads connections over I/O workers. Whoever binds or connects adds. */
export const HEADER_NEXT_IO = 2 * LINE_WORDS + 2;
/** Connecters with `immediate` so far, each of which has a number. Whoever connects adds. */
export const HEADER_CONNECTERS = 2 * LINE_WORDS + 3;
/** Top of the stack of notes for the final report. Anyone pushes; see runtime/context/ledger.ts. */
export const HEADER_NOTES = 2 * LINE_WORDS + 4;
/** Notes that there was no memory for. Whoever could not write one adds. */
export const HEADER_UNNOTED = 2 * LINE_WORDS + 5;
/**
 * Slots of I/O workers that are in use: as many as HEADER_IO_THREADS, and one more for each that has been
 * replaced. Only the creator adds; everyone reads.
 */
export const HEADER_IO_PLACES = 2 * LINE_WORDS + 6;
/** One word for each I/O worker: an IO_ state. */
export const HEADER_IO_STATES = 3 * LINE_WORDS;
/**
 * One word for each I/O worker: the number, plus one, that it has taken over from one that died; 0 if it has its
 * own. Affinities name workers by their numbers. Written by the creator before HEADER_IO_PLACES counts it; everyone
 * reads.
 */
export const HEADER_IO_NUMBERS = HEADER_IO_STATES + IO_THREADS_MAX;

/** Not started, or ended in order. */
export const IO_ABSENT = 0;
/** Asked for or running. Its slot takes commands either way. */
export const IO_STARTED = 1;
/** Died: it takes none any more; another one has its place. Written by the reaper, and by the creator. */
export const IO_DEAD = 2;

export const CONTEXT_RUNNING = 0;
/** Every blocked and later call answers ETERM. */
export const CONTEXT_TERMINATED = 1;
/** The process ends: I/O workers treat every socket as closed, each with its own linger. */
export const CONTEXT_EXITING = 2;
/** Sockets are closed and linger is over: I/O workers leave. */
export const CONTEXT_STOPPED = 3;

const HEADER_WORDS = 1024;

// ── Slots: one per thread. ───────────────────────────────────────────────────────────────────────
/**
 * Who has the slot: one of the SLOT_ values, and above it Node's threadId. One word, so that a slot is
 * claimed and its owner known in one step, whoever dies after it. Free to live by compare-exchange of the
 * claimer; live to dead by compare-exchange of whoever finds the owner dead; to buried and then free by the
 * reaper; otherwise changed by the owner.
 */
export const SLOT_OWNER = 0;
/** Tells this owner of the slot from earlier ones. Written by the claimer. */
export const SLOT_EPOCH = 1;
/** Open sockets of the thread. The owner adds and subtracts; whoever terminates reads. */
export const SLOT_SOCKETS = 2;
/** Pipe ends and listeners an I/O worker still serves. Written by it, read by whoever terminates. */
export const SLOT_SERVING = 3;
/**
 * The round of HEADER_DEATHS that the thread has acted on: nothing of those who had died before is on its
 * ready list, and SLOT_HOLDS says whose memory it still uses. Owner stores, the reaper loads.
 */
export const SLOT_DEATHS = 4;
/**
 * Word address of the first pipe that nobody had joined when the thread left; 0 if there was none. Written
 * by the owner before it leaves, read by the reaper.
 */
export const SLOT_UNJOINED = 5;
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

/** One bit for each slot: set while this thread uses memory of the dead thread in it. Owner stores, the reaper loads. */
export const SLOT_HOLDS = 4 * LINE_WORDS;
/** SLOTS bits. */
export const HOLDS_WORDS = SLOTS / 32;
/**
 * The thread's hands, see hands.ts: how many have ever been used, and then each hand. The owner writes,
 * producers read.
 */
export const SLOT_HANDS = 5 * LINE_WORDS;
export const HANDS = 3 * LINE_WORDS - 1;

/**
 * A line for observers, see runtime/context/read-stats.ts: what the thread does, and what it has. The
 * owner writes it, by plain stores unless said otherwise; whoever observes may see it a little late.
 * Nothing but statistics may rest on it.
 */
export const SLOT_OBSERVED = 8 * LINE_WORDS;
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
/** Blocks in use and pages owned, two words for each size class; see counts.ts. There are twelve, to the end of the line. */
export const SLOT_CLASSES = SLOT_OBSERVED + 8;

export const SLOT_WORDS = 9 * LINE_WORDS;

export const SLOT_FREE = 0;
export const SLOT_LIVE = 1;
/** Its thread has left, but pipes of it, SLOT_UNJOINED, are there for whoever joins them. */
export const SLOT_LEFT = 2;
/** Its thread is dead, or has left the rest to the reaper. Others may hold nodes of it in their hands. */
export const SLOT_DEAD = 3;
/** The same, and every thread knows: nobody sends anything there any more. */
export const SLOT_BURIED = 4;
export const SLOT_STATE_MASK = 7;
export const SLOT_THREAD_SHIFT = 3;

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
