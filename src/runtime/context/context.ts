import { ZmqError } from '../base/errors.js';
import { checkOption } from '../base/options.js';
import {
  ARENA_BYTES_DEFAULT,
  ARENA_BYTES_MAX,
  IO_THREADS_MAX,
  MAX_SOCKETS_DEFAULT,
  MAX_SOCKETS_LIMIT,
} from '../base/limits.js';
import { Arena, type ContextHandle } from '../memory/arena.js';
import { load, store } from '../memory/atomics.js';
import {
  CONTEXT_TERMINATED,
  HEADER_BLOCKY,
  HEADER_IO_PLACES,
  HEADER_IO_THREADS,
  HEADER_IPV6,
  HEADER_MAX_SOCKETS,
} from '../memory/layout.js';
import type { Lease } from '../thread/leases.js';
import { ContextCore } from './core.js';
import { raise } from './ending.js';
import type { TerminateReport } from './ledger.js';
import { endWithProcess } from './process-exit.js';
import { readStats } from './read-stats.js';
import type { ContextStats } from './stats.js';

export interface ContextOptions {
  /** I/O workers that may be started, 0 to 16 (ZMQ_IO_THREADS). 0 leaves only inproc. Default 1. */
  ioThreads?: number;
  /** Open sockets at most (ZMQ_MAX_SOCKETS). Default 1023. */
  maxSockets?: number;
  /** Default of the sockets' option of that name (ZMQ_IPV6). Default false. */
  ipv6?: boolean;
  /** false gives new sockets linger 0 (ZMQ_BLOCKY). Default true. */
  blocky?: boolean;
  /**
   * Bytes of shared memory to reserve; fixed for the context's life. Memory is used when it is first
   * written, but `process.memoryUsage().arrayBuffers` counts all of it. Default 1 GiB.
   */
  arenaSize?: number;
}

export interface TerminateOptions {
  /** Milliseconds from the call after which whatever is left is given up. Default: for ever. */
  timeout?: number;
}

export interface DestroyOptions extends TerminateOptions {
  /** Linger for this thread's sockets, in place of their own. */
  linger?: number;
}

/** Set in the options by `joinLater`: how to join instead of making an arena. */
const JOIN = Symbol('join');

const CORES = new WeakMap<Context, () => ContextCore>();

/** The context's inside, for sockets. */
export function coreOf(context: Context): ContextCore {
  const core = CORES.get(context);
  if (core === undefined) throw new TypeError('Not a context');
  return core();
}

/**
 * Owner of sockets, of the shared memory they use and of the I/O workers that serve them. One per
 * process is the rule, and `context` is it; each thread has its own Context object for it. Two
 * contexts know nothing of each other, and inproc names do not cross.
 */
export class Context {
  #core: ContextCore | undefined;
  readonly #join: () => ContextCore;

  /** @throws TypeError or RangeError for options that make no sense */
  constructor(options: ContextOptions = {}) {
    const arena = (options as { [JOIN]?: () => ContextCore })[JOIN];
    this.#join = arena ?? (() => create(options));
    CORES.set(this, () => (this.#core ??= this.#join()));
    // A new context exists at once, since its handle must; one that is joined can wait until it is used.
    if (arena === undefined) coreOf(this);
  }

  /**
   * Joins a context that another thread made.
   * @param handle its `context.handle`, posted or put in `workerData`
   * @throws TypeError if it is no handle; ZmqError ENOTSUP if another version of the library made it
   */
  static attach(handle: ContextHandle): Context {
    const arena = Arena.open(handle);
    return joinLater(() => adopt(ContextCore.join(arena)));
  }

  /** What another thread needs for `Context.attach`. */
  get handle(): ContextHandle {
    return coreOf(this).arena.handle;
  }

  get ioThreads(): number {
    return load(coreOf(this).arena.words, HEADER_IO_THREADS);
  }

  get maxSockets(): number {
    return load(coreOf(this).arena.words, HEADER_MAX_SOCKETS);
  }

  set maxSockets(value: number) {
    checkInteger('maxSockets', value, 1, MAX_SOCKETS_LIMIT);
    store(coreOf(this).arena.words, HEADER_MAX_SOCKETS, value);
  }

  /** The largest value of `maxSockets` (ZMQ_SOCKET_LIMIT). */
  get maxSocketsLimit(): number {
    return MAX_SOCKETS_LIMIT;
  }

  get ipv6(): boolean {
    return load(coreOf(this).arena.words, HEADER_IPV6) !== 0;
  }

  set ipv6(value: boolean) {
    store(coreOf(this).arena.words, HEADER_IPV6, value ? 1 : 0);
  }

  get blocky(): boolean {
    return coreOf(this).blocky;
  }

  set blocky(value: boolean) {
    store(coreOf(this).arena.words, HEADER_BLOCKY, value ? 1 : 0);
  }

  /**
   * Memory to write a message into where it will be sent from: `send(lease)` then takes it without a copy,
   * alone or as a part. For large bodies; a few bytes are copied when they are sent. They hold whatever
   * was there before.
   * @param length in bytes
   * @throws ZmqError EINVAL; EMSGSIZE if no message could be so long; ENOMEM if there is no memory now; ETERM
   */
  allocate(length: number): Lease {
    const core = coreOf(this);
    core.checkRunning();
    checkInteger('length', length, 0, ARENA_BYTES_MAX);
    return core.thread.leases.allocate(length);
  }

  /**
   * What the context's threads, sockets, pipes and memory are like at this moment: who waits for what,
   * and since when. Reads shared memory and nothing else, so any thread may ask at any time, and none of
   * the others notices, whether it works or is blocked.
   */
  stats(): ContextStats {
    const { arena, thread } = coreOf(this);
    return readStats(arena, thread.slot);
  }

  /** ETERM for every blocked and every later call, in every thread. Waits for nothing. */
  shutdown(): void {
    const core = coreOf(this);
    raise(core.arena.words, CONTEXT_TERMINATED);
    if (!core.left) core.thread.turn();
  }

  /**
   * Shuts down, then waits until every thread has closed its sockets and their linger is over, as
   * zmq_ctx_term does: a socket left open holds it. Every thread may call it, and as often as it likes:
   * all calls wait for the same end, and the earliest of their timeouts holds.
   * @returns what became of the messages of each socket that had not ended before
   */
  terminate(options: TerminateOptions = {}): Promise<TerminateReport> {
    return coreOf(this).termination.wait(checkTimeout(options.timeout));
  }

  /** `terminate`, blocking the thread. */
  terminateSync(options: TerminateOptions = {}): TerminateReport {
    return coreOf(this).termination.block(checkTimeout(options.timeout));
  }

  /** Closes this thread's sockets, then terminates: the clean end of a program. */
  destroy(options: DestroyOptions = {}): Promise<TerminateReport> {
    const timeout = checkTimeout(options.timeout);
    if (options.linger !== undefined) checkOption('linger', options.linger);
    const core = coreOf(this);
    // First of all, so that the sockets get into the report; this thread takes no notice before they are closed.
    raise(core.arena.words, CONTEXT_TERMINATED);
    core.closeSockets(options.linger);
    return core.termination.wait(timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.destroy();
  }
}

/** A Context object that joins its context when it is first used. */
export function joinLater(join: () => ContextCore): Context {
  const options: ContextOptions & { [JOIN]: () => ContextCore } = { [JOIN]: join };
  return new Context(options);
}

function create(options: ContextOptions): ContextCore {
  const ioThreads = options.ioThreads ?? 1;
  const maxSockets = options.maxSockets ?? MAX_SOCKETS_DEFAULT;
  checkInteger('ioThreads', ioThreads, 0, IO_THREADS_MAX);
  checkInteger('maxSockets', maxSockets, 1, MAX_SOCKETS_LIMIT);
  const arena = Arena.reserve(options.arenaSize ?? ARENA_BYTES_DEFAULT);
  const { words } = arena;
  store(words, HEADER_IO_THREADS, ioThreads);
  store(words, HEADER_IO_PLACES, ioThreads);
  store(words, HEADER_MAX_SOCKETS, maxSockets);
  store(words, HEADER_IPV6, options.ipv6 === true ? 1 : 0);
  store(words, HEADER_BLOCKY, options.blocky === false ? 0 : 1);
  return adopt(ContextCore.create(arena));
}

/** Sees to it that the thread's end does not leave the context hanging. */
export function adopt(core: ContextCore): ContextCore {
  endWithProcess(core);
  return core;
}

/** Timers take no more than 2^31 - 1 milliseconds; Infinity means for ever, as leaving it out does. */
function checkTimeout(timeout = Infinity): number {
  if (timeout === Infinity) return -1;
  checkInteger('timeout', timeout, 0, 2 ** 31 - 1);
  return timeout;
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ZmqError('EINVAL', {
      message: `${name} must be an integer from ${least} to ${most}, not ${value}`,
    });
  }
}
