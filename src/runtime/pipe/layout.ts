import { RING_WORDS } from '../ring/layout.js';

/**
 * A pipe: two rings, one per direction, and what both ends must agree on. The end that makes it is A
 * and owns the block; B is made known of it by its data node.
 *
 *     ┌ ring A→B ┬ ring B→A ┬ header ┐   1 KiB, so that it is a block of its own size class
 */
export const PIPE_RING_A = 0;
export const PIPE_RING_B = RING_WORDS;
const HEADER = 2 * RING_WORDS;

/** PIPE_INPROC or PIPE_SESSION. Written by A before B knows of the pipe. */
export const PIPE_KIND = HEADER;
/** The socket at B's end, where A knows it. Written by A before B knows of the pipe. */
export const PIPE_SOCKET = HEADER + 1;
/** Key of the inproc name, where B is found by it: two words. Written by A. */
export const PIPE_NAME = HEADER + 2;
/** 1: B will never touch the pipe again. B's last store; A loads. */
export const PIPE_RETURNED = HEADER + 4;
/** Milliseconds to go on sending after the application's end has left, -1 for ever. Its end writes it. */
export const PIPE_LINGER = HEADER + 5;
/**
 * Number of what made the connection, where the pipe came with it: a listener, or a negative one, of a
 * connecter with `immediate`. Otherwise 0. Written by A.
 */
export const PIPE_LISTENER = HEADER + 6;

/**
 * Who came first to A's end of a pipe whose other end is not known yet: one of the JOIN_ values, by
 * exchange, so that either A tells B that it has left or B finds it out, and never both.
 */
export const PIPE_JOIN = HEADER + 7;
/** Pushed once, as the last thing an end does: onto A's ready list by B, and onto B's by A. */
export const PIPE_END_NODE_A = HEADER + 8;
export const PIPE_END_NODE_B = HEADER + 10;

/**
 * An inproc pipe's marks, one pair an end: how many messages it may send and receive. Each end writes
 * its own and loads the other's, since each ring's mark is the sum of both.
 */
export const PIPE_MARKS_A = HEADER + 12;
export const PIPE_MARKS_B = HEADER + 14;

/**
 * TAKES_ID: A's socket is a ROUTER, and wants B's routing id first, if B has one. TAKES_ANY_ID: it wants an empty
 * one, too, to know that B is there. Otherwise 0. Written by A before B knows of the pipe.
 */
export const PIPE_TAKES_ID = HEADER + 16;
export const TAKES_ID = 1;
export const TAKES_ANY_ID = 2;

/**
 * Slot, plus one, of the thread that was sent an inproc pipe and has not joined it yet; 0 while it waits at
 * its name. Written by whoever sends it, read by A when that thread has died.
 */
export const PIPE_HOLDER = HEADER + 17;

/** The next pipe that nobody had joined when A's thread left. Written by A, read by the reaper. */
export const PIPE_NEXT_UNJOINED = HEADER + 18;

export const JOIN_OPEN = 0;
export const JOIN_JOINED = 1;
export const JOIN_LEFT = 2;

export const PIPE_BYTES = 1024;

/** Both ends are application threads. */
export const PIPE_INPROC = 1;
/** The other end is a session in an I/O worker. */
export const PIPE_SESSION = 2;
