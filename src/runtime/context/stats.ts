import type { ClassCounts } from '../memory/census.js';

/**
 * What `context.stats()` tells: a snapshot that is read from the arena while everything goes on. Each
 * part is as it was at some moment of the call, and not all of them at the same.
 *
 * Counts of messages are of 32 bits: after 4,294,967,295 comes 0. Times are in milliseconds.
 */
export interface ContextStats {
  /**
   * `'terminated'`: shut down, and every blocked and later call answers ETERM; `'exiting'`: the process
   * ends, and what was sent lingers; `'stopped'`: I/O workers leave.
   */
  readonly state: 'running' | 'terminated' | 'exiting' | 'stopped';
  readonly arena: ArenaStats;
  /** Threads of the context, by slot. */
  readonly threads: readonly ThreadStats[];
  /** Open sockets, by slot and number. */
  readonly sockets: readonly SocketStats[];
  /** Pipes, two rows each: one for either direction. */
  readonly pipes: readonly PipeStats[];
  /** Threads that `terminate` waits for, or would wait for, and what of theirs is not over. */
  readonly holders: readonly HolderStats[];
}

/** The context's shared memory. Whose it is, `ThreadStats.memory` tells. */
export interface ArenaStats {
  /** Reserved, in bytes. */
  readonly size: number;
  /** Bytes of a page, the unit in which threads take memory. */
  readonly pageSize: number;
  /** Pages that threads can take. */
  readonly pages: number;
  readonly freePages: number;
  /** Pages of threads that are gone, until they are swept. */
  readonly orphanedPages: number;
}

/** What a thread has of the arena. */
export interface MemoryStats {
  readonly pages: number;
  /** Blocks in use. */
  readonly blocks: number;
  /** The same by size of the blocks, smallest first. */
  readonly classes: readonly ClassCounts[];
}

export interface ThreadStats {
  /** Number of its slot in the context: 0 is the creator's, 1 to 16 are I/O workers'. */
  readonly slot: number;
  /** Node's threadId. */
  readonly threadId: number;
  readonly role: 'application' | 'io';
  readonly state: ThreadState;
  /** The blocking call that the thread is in. */
  readonly call: CallStats | undefined;
  /** Since the thread went back to its event loop, where its state is `'idle'`. */
  readonly idle: number | undefined;
  /** Others have put something on its ready list that it has not taken yet. */
  readonly called: boolean;
  /** Open sockets. */
  readonly sockets: number;
  /** Commands that it has sent to other threads and that are not carried out yet. */
  readonly commands: number;
  /** Connections and endpoints that an I/O worker serves. */
  readonly serving: number;
  readonly memory: MemoryStats;
  /** Sockets and pipe ends that are missing here, because the arena had no room to list them. */
  readonly unlisted: number;
}

/**
 * - `'running'`: at work, with the library or with something else.
 * - `'idle'`: in its event loop, to be woken by whoever has something for it. What else runs there, the
 *   library does not know.
 * - `'spinning'`: in a blocking call, and awake.
 * - `'blocked'`: in a blocking call, asleep.
 * - `'left'`: it has left the context, but pipes of it wait for somebody to bind their name.
 * - `'dead'`: it has ended, and others still use some of its memory.
 */
export type ThreadState = 'running' | 'idle' | 'spinning' | 'blocked' | 'left' | 'dead';

export type BlockingCall =
  | 'sendSync'
  | 'receiveSync'
  | 'waitSync'
  | 'bindSync'
  | 'events.receiveSync'
  | 'runSync'
  | 'terminateSync'
  | 'leave'
  | 'exit'
  | 'other';

export interface CallStats {
  /** `'leave'`: the thread's end waits for its peers; `'exit'`: the process's end waits for linger. */
  readonly name: BlockingCall;
  /** Number of the socket that was called; undefined where the call is not one socket's. */
  readonly socket: number | undefined;
  /** Since the thread first slept in the call; undefined if it has only spun. */
  readonly since: number | undefined;
}

/** One of those who hold the context's end up. */
export interface HolderStats {
  readonly slot: number;
  /** Sockets that its thread has not closed. */
  readonly sockets: number;
  readonly commands: number;
  readonly serving: number;
}

export interface SocketStats {
  /** Slot of its thread. */
  readonly slot: number;
  /** Its number in its thread, from 1. */
  readonly id: number;
  /** Name of its class, `Push`. */
  readonly type: string;
  /**
   * What it is bound and connected to, in that order of words: `bound tcp://127.0.0.1:5555`. Of very many, the
   * first.
   */
  readonly endpoints: readonly string[];
  /** Pipes to its peers. */
  readonly pipes: number;
  /** Messages written to its pipes, one for each pipe. */
  readonly sent: number;
  /** Messages read from its pipes, of which the peers have been told. */
  readonly received: number;
  /** Messages that it has dropped, for types that do so; one for each peer that did not get it. */
  readonly dropped: number;
  /** Awaiting calls that wait, one entry for either direction in which some do. */
  readonly awaiting: readonly AwaitingStats[];
}

export interface AwaitingStats {
  readonly direction: 'send' | 'receive';
  readonly calls: number;
  /** Milliseconds since it is the first one's turn, from when its thread then slept or its event loop turned. */
  readonly since: number;
}

/** One direction of a pipe. */
export interface PipeStats {
  /** Tells pipes of the context apart; the same for both directions. */
  readonly pipe: number;
  /** To another socket of the process, or to a session in an I/O worker. */
  readonly kind: 'inproc' | 'session';
  /** Who writes; undefined while nobody has come, and once the last has left. */
  readonly from: PipeEndStats | undefined;
  /** Who reads. */
  readonly to: PipeEndStats | undefined;
  /** Messages that may lie in it, 0 for any number. */
  readonly highWaterMark: number;
  /** It keeps the last message alone (ZMQ_CONFLATE), as its writer's or its reader's socket wants it. */
  readonly conflates: boolean;
  /** Messages written so far. */
  readonly written: number;
  /** Messages read, as far as the reader has told; undefined where a session reads, which counts none. */
  readonly read: number | undefined;
  /** Messages that gave way to newer ones before anybody read them, and such of several parts as were not taken. */
  readonly conflated: number;
  /** Messages written and not read, and signals; undefined as `read`. */
  readonly queued: number | undefined;
  /** The same in bytes, with the frames' headers. */
  readonly bytes: number;
  /**
   * As many messages lie in it as its mark allows, or there was no room for the last one that was tried.
   * Signals are counted here, too, though not against the mark.
   */
  readonly full: boolean;
  /** Since its writer found no room, and asked to be told of some; undefined if it has not. */
  readonly waiting: number | undefined;
}

export interface PipeEndStats {
  readonly slot: number;
  /** Number of the socket; undefined for a session. */
  readonly socket: number | undefined;
  /** It has left the pipe: what lies there is still to be read, or to be sent within its linger. */
  readonly left: boolean;
}
