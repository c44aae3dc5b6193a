import type { ResourceLimits } from 'node:worker_threads';
import type { CloseOptions, CloseReport } from '../../runtime/actor/pool-types.js';
import type { Context } from '../../runtime/context/context.js';

/** A part of a reply, as a socket sends it. */
type Part = string | number | bigint | boolean | null | ArrayBufferView | ArrayBuffer;

/** What a handler answers: one part, or an array of parts. */
export type HandlerReply = Part | readonly Part[];

/** What a server's module exports: gets a request's parts, and gives its reply. It may block. */
export type Handler = (request: Buffer[]) => HandlerReply | Promise<HandlerReply>;

export interface ServerOptions {
  /** Threads that run the handler, each a request at a time. Default: one less than there are processors. */
  readonly threads?: number | undefined;
  /** Requests that may wait for a thread: what comes beyond is answered with ERR_SERVER_BUSY. Default 1000. */
  readonly queue?: number | undefined;
  /** The exported function that handles requests. Default: the default export. */
  readonly task?: string | undefined;
  /** For reports. Default: the name of the module's file. */
  readonly name?: string | undefined;
  /** A larger message costs its sender the connection. In bytes; -1 for no limit, the default. */
  readonly maxMessageSize?: number | undefined;
  /** Node's limits on the memory of each thread. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Milliseconds in which a thread must have loaded the module. Default 30000. */
  readonly startTimeout?: number | undefined;
  /** Milliseconds that `close` gives accepted requests, and replies on their way. Default 5000. */
  readonly closeTimeout?: number | undefined;
  /**
   * Told when it has no threads left, and no others can be had: with why, which is also what every request is then
   * answered with, until `reload` has brought others. Default: a warning of the process, LOOMWIRE_THREADS_LOST.
   */
  readonly onBroken?: ((error: unknown) => void) | undefined;
  /** Default: the process's own. */
  readonly context?: Context | undefined;
}

export interface ReloadOptions {
  /** The module to load, if it is another one. */
  readonly module?: URL | string | undefined;
}

/** Numbers of a server; of requests, unless they say otherwise. */
export interface ServerStats {
  /** Threads that take requests. */
  readonly threads: number;
  /** Answered by the handler, so far. */
  readonly completed: number;
  /** Answered with an error of the handler, of its thread, or of the server's end, so far. */
  readonly failed: number;
  /** Answered with ERR_SERVER_BUSY, so far. */
  readonly overloaded: number;
  /** Messages without an envelope, or with nothing in it, so far: nobody waits for a reply. */
  readonly refused: number;
  /** Replies to clients that were gone, or had too many that they had not read, so far. */
  readonly dropped: number;
  /** Wait for a thread. */
  readonly queued: number;
  /** Threads have them. */
  readonly running: number;
  /** Threads that died unasked, so far. */
  readonly deaths: number;
  /** How often the handler was loaded anew. */
  readonly reloads: number;
}

/** Threads behind a ROUTER that answer requests. It keeps the process alive until it is closed. */
export interface Server {
  /** Where it is, with wildcards resolved. */
  readonly endpoint: string;
  stats(): ServerStats;
  /**
   * Loads the handler's module anew, in new threads. Resolves when they are there; requests that come from then on
   * are theirs. Those that had been accepted before are answered by the old ones, which then go. If it fails, the
   * old ones stay.
   * @throws ActorError ERR_ACTOR_LOAD, ERR_ACTOR_NOT_FUNCTION, ERR_ACTOR_START_TIMEOUT, ERR_ACTOR_STOPPED; TypeError
   */
  reload(options?: ReloadOptions): Promise<void>;
  /**
   * Ends it: what comes from now on is answered with ERR_ACTOR_STOPPED, what was accepted before by the handler, for
   * as long as `timeout` lets it, and then so too. Resolves when its threads are gone.
   */
  close(options?: CloseOptions): Promise<CloseReport>;
  [Symbol.asyncDispose](): Promise<void>;
  /** Resolves when it has been closed, and its threads are gone. */
  readonly ended: Promise<CloseReport>;
}
