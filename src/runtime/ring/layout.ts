import { LINE_WORDS } from '../memory/layout.js';

/**
 * A ring's control block: three lines, so that what the producer writes for each message, what the
 * consumer writes for each batch, and what is written at wake-ups never share one. In the producer's line the consumer
 * writes only when it has read everything, and rests.
 *
 *     ┌ producer's line ─────────────┬ consumer's line ───┬ nodes ───────────────────┐
 *     │ TAIL STARVED FIRST HWM …     │ HEAD …             │ data node   room node  … │
 *     └──────────────────────────────┴────────────────────┴──────────────────────────┘
 *
 * Positions are free-running 32-bit byte counts, compared by difference: they wrap, and a test starts
 * just below the wrap. TAIL has room for 31 bits of one.
 */

// ── Producer's line ──
/**
 * End of the last whole message, or piece of one, and whether the consumer rests: see tail.ts. The producer exchanges it,
 * which publishes every byte before the end, and pushes the data node if the consumer rested; the consumer loads it, and
 * by compare-exchange says that it rests, which fails if more was published. It takes that back in the same way, to look at
 * the tail itself.
 */
export const RING_TAIL = 0;
/**
 * 1: the producer wants the room node pushed when there is room. Producer sets; consumer clears by
 * exchange, and only whoever cleared it pushes.
 */
export const RING_STARVED = 1;
/** First segment. Written by the producer before the first tail, read by the consumer after it. */
export const RING_FIRST = 2;
/**
 * Messages the ring may hold, 0 for any number, HWM_CONFLATES for the last one alone. Written by the pipe's makers;
 * producer loads.
 */
export const RING_HWM = 3;
/** In place of a high-water mark: a message that nobody has read yet gives way to the next (ZMQ_CONFLATE). */
export const HWM_CONFLATES = -2;
/** Slot of the producer's thread. Written before the producer's end is known to anyone. */
export const RING_PRODUCER_SLOT = 4;
/**
 * Special frames so far: see frame.ts. Producer stores, before the tail that publishes the frame; a
 * consumer that loads it after the tail and finds no more than it has passed need not look for any.
 */
export const RING_SPECIAL = 5;

/**
 * Messages published so far, signals aside, modulo 2^32. The producer stores it plainly, after the tail: whoever
 * reads it while the producer is at work may be one short, never one ahead. For reports.
 */
export const RING_MESSAGES = 6;

/**
 * Signals published, which RING_MESSAGES leaves out, modulo 2^32. For observers, as what follows: the producer
 * stores it plainly.
 */
export const RING_SIGNALS = 24;
/** When the producer last asked for room; see runtime/base/clock.ts. */
export const RING_STARVED_SINCE = 25;
/**
 * Messages that gave way to newer ones before they were published, or that were not taken because they had several
 * parts, modulo 2^32. For observers: RING_MESSAGES leaves them out.
 */
export const RING_CONFLATED = 26;

// ── Consumer's line ──
/** Everything before it may be overwritten. Consumer stores; producer loads. */
export const RING_HEAD = LINE_WORDS;
/** Slot of the consumer's thread. Written before the consumer rests for the first time. */
export const RING_CONSUMER_SLOT = LINE_WORDS + 1;

/**
 * Messages read, signals among them, modulo 2^32; 0 where a session reads, which does not look at each.
 * For observers: stored plainly by the consumer before HEAD, in whose line it writes no oftener.
 */
export const RING_READ = LINE_WORDS + 24;
/** Messages among those read that were passed over for newer ones, modulo 2^32. For observers, as RING_READ. */
export const RING_PASSED_OVER = LINE_WORDS + 25;

// ── Nodes: see runtime/thread/ready-list.ts ──
/** Pushed onto the consumer's ready list: something to read. */
export const RING_DATA_NODE = 2 * LINE_WORDS;
/** Pushed onto the producer's ready list: room to write. */
export const RING_ROOM_NODE = 2 * LINE_WORDS + 2;

// ── The last message, where a ring conflates ──
/**
 * Number, from 1, of the cell with the message that is published and not taken; 0 if there is none. By exchange alone: the
 * producer puts a cell in, and has back what the consumer did not take; the consumer, which has met a ticket in the
 * ring, takes it out. So each message is one side's or the other's.
 */
export const RING_LATEST = 2 * LINE_WORDS + 4;
/**
 * Three cells of two words each: byte offset of a body, and its length. The producer writes one before it puts it into
 * LATEST; the consumer reads the one that it took, before it takes the next.
 */
export const RING_CELLS = 2 * LINE_WORDS + 5;
export const CELL_OFFSET = 0;
export const CELL_LENGTH = 1;
export const CELL_WORDS = 2;

export const RING_WORDS = 3 * LINE_WORDS;

/**
 * A segment's header, a block of its own so that the data can be a power of two. Its producer owns
 * both. A segment is linked only at the end of a whole message or piece, so none spans two.
 */
/** Byte offset of the data. */
export const SEGMENT_DATA = 0;
/** Bytes of data, a power of two; a position's byte is at `DATA + (position & (CAPACITY - 1))`. */
export const SEGMENT_CAPACITY = 1;
/** Position at which the next segment takes over; valid once NEXT is not 0. */
export const SEGMENT_END = 2;
/** Word address of the next segment's header, 0 while this is the last. Producer stores, consumer loads. */
export const SEGMENT_NEXT = 3;

export const SEGMENT_HEADER_BYTES = 64;
