/** Sizes and limits, each with the reason it has that value. */

/** Positions in rings and offsets in the arena are signed 32-bit words, so an arena stays below 2 GiB. */
export const ARENA_BYTES_MAX = 2 ** 31 - 65536;

/** Reserving costs no memory until it is touched, so the default is generous. */
export const ARENA_BYTES_DEFAULT = 2 ** 30;

/** Room for the tables at the start, and for each thread to own a few pages. */
export const ARENA_BYTES_MIN = 2 ** 24;

/** An owner's slot takes 10 bits of a page-table word. Slot 0 is the creator's. */
export const SLOTS = 1024;

/** libzmq's ZMQ_MAX_SOCKETS default. */
export const MAX_SOCKETS_DEFAULT = 1023;

/** What libzmq reports as ZMQ_SOCKET_LIMIT on Linux. */
export const MAX_SOCKETS_LIMIT = 65535;

/** I/O workers have the slots right after the creator's; more than this many never pays. */
export const IO_THREADS_MAX = 16;

/** Distinct inproc names a context can know: 16 bytes each, touched only when used. */
export const INPROC_NAMES = 65536;

/** libzmq's limit for an inproc name. */
export const INPROC_NAME_LENGTH = 256;

/** A ring starts small, and grows as soon as it is full. */
export const SEGMENT_BYTES_FIRST = 4096;

/**
 * That of a connection which speaks ZMTP starts smaller, because ten thousand connections must be cheap: what is touched once stays
 * resident, and of a larger block that would be a page of 4 KiB. Eight of these share one. When it has been filled
 * for the first time, the next is as large as any.
 */
export const CONNECTION_SEGMENT_BYTES_FIRST = 512;

/**
 * Above this a longer ring only moves more memory through the caches: 64 KiB bodies reach their full
 * rate at 4 MiB. A single larger message still gets a segment of its own size.
 */
export const SEGMENT_BYTES_LAST = 4 * 2 ** 20;

/**
 * No ring, which is one direction of a pipe, may hold more than this part of the arena, so that one slow peer starves nobody. Nor as much as
 * 2^30 bytes: see runtime/ring/tail.ts.
 */
export const PIPE_SHARE = 4;

/**
 * The longest message that lies in a ring whole, with its frames' headers, in bytes: half of a ring's share of the arena. A segment is a power of two, and the one before it, of half its size,
 * is still there when it comes: where the two exceed the share, as much as the smaller one holds.
 */
export function longestMessage(arenaSize: number): number {
  const half = Math.floor(arenaSize / PIPE_SHARE / 2);
  const power = 2 ** Math.floor(Math.log2(half));
  return half === power || 2 * half >= 3 * power ? half : power;
}

/**
 * A longer message goes in pieces of at most so many bytes, as one does that finds no memory: what a piece
 * costs besides its bytes is then nothing to speak of.
 */
export const PIECE_BYTES_MOST = 64 * 1024;
/** Room that a piece of a longer message waits for rather than be shorter. */
export const PIECE_BYTES_LEAST = 256;
/** A ring is given no more than this for pieces: the two ends work side by side, in what a cache holds. */
export const PIECE_RING_BYTES = 2 ** 20;

/**
 * A body of at least this many bytes lies in the arena once, and rings carry its address. Below it, what
 * an address costs (a block, a frame that an I/O worker must look at) is more than copying the body into
 * the ring.
 */
export const BODY_BYTES_LEAST = 16 * 1024;

/**
 * After so many bytes of bodies by reference a sender looks how far its receiver has come, whether or not it needs the room:
 * bodies that were read are the memory of the next ones, and as much as this is in a core's own cache. Measured with bodies of
 * 64 KiB, of which a sender with a mark of 1000 otherwise goes through all of 64 MB: 128 KiB and 2 MiB are as good within noise.
 */
export const WARM_BYTES = 512 * 1024;

/** So much of a batch is published while the rest is being written: its reader need not wait for the end of it. */
export const BATCH_BYTES_MOST = 8 * 1024;

/** A body that goes to several peers lies there once from here on: it is copied once, and not for each. */
export const SHARED_BODY_BYTES_LEAST = 4 * 1024 + 1;

/**
 * This part of the arena is for blocks of at most SMALL_BYTES_MOST: commands, pipes and their first
 * segments. However many large bodies there are, a thread can connect, and a small message finds room.
 */
export const SMALL_SHARE = 16;
export const SMALL_BYTES_MOST = SEGMENT_BYTES_FIRST;

/**
 * How long an I/O worker's event loop turns after activity before it sleeps, in milliseconds, where
 * there are cores to spare. See runtime/thread/idle-strategy.ts.
 */
export const IO_TURN_MILLISECONDS = 0.2;

/**
 * Events of one socket that wait in an I/O worker until its thread reads them, some 200 bytes each. A
 * thread that computes for minutes while a thousand peers come and go finds all of it; beyond it the
 * worker drops and counts.
 */
export const EVENTS_WAITING_MOST = 10_000;

/** Events that a socket's own thread takes in before they are read; enough for them to come in few turns. */
export const EVENTS_READ_AHEAD = 256;
