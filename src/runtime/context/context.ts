import { ZmqError } from '../base/errors.js';
import { checkOption } from '../base/options.js';
import {
  ARENA_BYTES_DEFAULT,
  ARENA_BYTES_MAX,
  IO_THREADS_MAX,
  MAX_SOCKETS_DEFAULT,
  MAX_SOCKETS_LIMIT,
} from '../base/limits.js';
import { hasSetter } from '../base/own-setter.js';
import { Arena, type ContextHandle } from '../memory/arena.js';
import { load, store } from '../memory/atomics.js';
import {
  CONTEXT_TERMINATED,
  HEADER_BLOCKY,
  HEADER_IO_PLACES,
  HEADER_IO_THREADS,
  HEADER_IPV6,
  HEADER_MAX_MESSAGE_SIZE,
  HEADER_MAX_SOCKETS,
} from '../memory/layout.js';
import type { Lease } from '../thread/leases.js';
import { ContextCore } from './core.js';
import { raise } from './ending.js';
import type { TerminateReport } from './ledger.js';
import { readContextOption, writeContextOption } from './option-numbers.js';
import { endWithProcess } from './process-exit.js';
import { readStats } from './read-stats.js';
import type { ContextStats } from './stats.js';
import { checkNamePrefix, readNamePrefix, writeNamePrefix } from './thread-names.js';

export interface ContextOptions {
  /** I/O workers that may be started, 0 to 16 (ZMQ_IO_THREADS). 0 leaves only inproc. Default 1. */
  ioThreads?: number;
  /** Open sockets at most (ZMQ_MAX_SOCKETS). Default 1023. */
  maxSockets?: number;
  /** Default of the sockets' option of that name (ZMQ_IPV6). Default false. */
  ipv6?: boolean;
  /** false gives new sockets linger 0 (ZMQ_BLOCKY). Default true. */
  blocky?: boolean;
  /** Kept, and of no effect, as in libzmq: messages are bounded for each socket (ZMQ_MAX_MSGSZ). Default 2147483647. */
  maxMessageSize?: number;
  /** Not supported: ENOTSUP for any other value than -1 (ZMQ_THREAD_PRIORITY). */
  threadPriority?: number;
  /** Not supported: ENOTSUP for any other value than -1 (ZMQ_THREAD_SCHED_POLICY). */
  threadSchedulingPolicy?: number;
  /** What the names of I/O workers begin with, at most 16 bytes, as `app` in `app/io-0` (ZMQ_THREAD_NAME_PREFIX). Default empty. */
  threadNamePrefix?: string;
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
 *
 * @example
 * ```ts
 * import { Context, Pull, Push } from 'loomwire';
 *
 * const context = new Context({ ioThreads: 2 });
 * const pull = new Pull({ context });
 * await pull.bind('inproc://tasks');
 * const push = new Push({ context });
 * push.connect('inproc://tasks');
 * await push.send('a task');
 * console.log(String(await pull.receive())); // a task
 * push.close();
 * pull.close();
 * const { complete } = await context.terminate();
 * console.log(complete); // true
 * ```
 */
export class Context {
  #core: ContextCore | undefined;
  readonly #join: () => ContextCore;

  /** @throws TypeError or RangeError for options that make no sense */
  constructor(options: ContextOptions = {}) {
    const arena = (options as { [JOIN]?: () => ContextCore })[JOIN];
    this.#join = arena ?? (() => create(this, options));
    CORES.set(this, () => (this.#core ??= this.#join()));
    // A new context exists at once, since its handle must; one that is joined can wait until it is used.
    if (arena !== undefined) return;
    coreOf(this);
    this.#assignOwn(options);
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

  /** I/O workers that may be started. More can be added at any time, for later binds and connects. */
  get ioThreads(): number {
    return load(coreOf(this).arena.words, HEADER_IO_THREADS);
  }

  /**
   * @throws ZmqError ENOTSUP if there were to be fewer, or there are none, or in another thread than the one that
   * made the context, which starts them; EINVAL, ETERM
   */
  set ioThreads(value: number) {
    checkInteger('ioThreads', value, 0, IO_THREADS_MAX);
    coreOf(this).growIoWorkers(value);
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
    checkBoolean('ipv6', value);
    store(coreOf(this).arena.words, HEADER_IPV6, value ? 1 : 0);
  }

  get blocky(): boolean {
    return coreOf(this).blocky;
  }

  set blocky(value: boolean) {
    checkBoolean('blocky', value);
    store(coreOf(this).arena.words, HEADER_BLOCKY, value ? 1 : 0);
  }

  /** Kept, and of no effect, as in libzmq: messages are bounded for each socket, by its option of that name. */
  get maxMessageSize(): number {
    return load(coreOf(this).arena.words, HEADER_MAX_MESSAGE_SIZE);
  }

  /** @throws ZmqError EINVAL; TypeError if it is no number */
  set maxMessageSize(value: number) {
    checkMessageSize(value);
    store(coreOf(this).arena.words, HEADER_MAX_MESSAGE_SIZE, value);
  }

  /** What the names of I/O workers that start from now on begin with. */
  get threadNamePrefix(): string {
    return readNamePrefix(coreOf(this).arena.words);
  }

  /**
   * @throws ZmqError ENOTSUP in another thread than the one that made the context, which starts them; EINVAL if it has
   * more than 16 bytes; TypeError if it is no text
   */
  set threadNamePrefix(value: string) {
    checkNamePrefix(value);
    coreOf(this).nameIoWorkers(value);
  }

  /** Node has no way to set it. */
  get threadPriority(): number {
    return UNSUPPORTED.threadPriority;
  }

  /** @throws ZmqError ENOTSUP for any other value than it has */
  set threadPriority(value: number) {
    checkUnsupported('threadPriority', value);
  }

  /** Node has no way to set it. */
  get threadSchedulingPolicy(): number {
    return UNSUPPORTED.threadSchedulingPolicy;
  }

  /** @throws ZmqError ENOTSUP for any other value than it has */
  set threadSchedulingPolicy(value: number) {
    checkUnsupported('threadSchedulingPolicy', value);
  }

  /**
   * An option by libzmq's number, for classes of one's own. What is off or on is 0 or 1 as a number.
   * @throws ZmqError EINVAL if there is no such option, or it cannot be read
   */
  protected getBoolOption(option: number): boolean {
    return readContextOption(this, option) !== 0;
  }

  /** @throws ZmqError EINVAL, ENOTSUP; TypeError for a value of another kind */
  protected setBoolOption(option: number, value: boolean): void {
    if (typeof value !== 'boolean') throw new TypeError('Option value must be a boolean');
    writeContextOption(this, option, Number(value));
  }

  /** @throws ZmqError as `getBoolOption` */
  protected getInt32Option(option: number): number {
    return readContextOption(this, option);
  }

  /** @throws ZmqError as `setBoolOption` */
  protected setInt32Option(option: number, value: number): void {
    if (typeof value !== 'number') throw new TypeError('Option value must be a number');
    writeContextOption(this, option, value);
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

  /** Options that a class of one's own has given its contexts. */
  #assignOwn(options: object): void {
    try {
      for (const [name, value] of Object.entries(options)) {
        if (value !== undefined && !Object.hasOwn(OPTION_NAMES, name))
          Reflect.set(this, name, value);
      }
    } catch (error) {
      // Nobody else has heard of it.
      void this.destroy();
      throw error;
    }
  }
}

/** A Context object that joins its context when it is first used. */
export function joinLater(join: () => ContextCore): Context {
  const options: ContextOptions & { [JOIN]: () => ContextCore } = { [JOIN]: join };
  return new Context(options);
}

/** The options of `new Context`, with zeromq.js's, which are properties there. */
const OPTION_NAMES: Readonly<Record<keyof ContextOptions, true>> = {
  ioThreads: true,
  maxSockets: true,
  ipv6: true,
  blocky: true,
  maxMessageSize: true,
  threadPriority: true,
  threadSchedulingPolicy: true,
  threadNamePrefix: true,
  arenaSize: true,
};

const INT_MAX = 2 ** 31 - 1;

/** What cannot be honoured, with libzmq's defaults. */
const UNSUPPORTED = {
  threadPriority: -1,
  threadSchedulingPolicy: -1,
} as const;

/** @param context the one that is being made, whose class may have options of its own */
function create(context: Context, options: ContextOptions): ContextCore {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Options must be an object');
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(OPTION_NAMES, name) || hasSetter(context, name)) continue;
    throw new TypeError(`Cannot add property ${name}, object is not extensible`);
  }
  for (const name of Object.keys(UNSUPPORTED) as (keyof typeof UNSUPPORTED)[]) {
    if (options[name] !== undefined) checkUnsupported(name, options[name]);
  }
  for (const name of ['ipv6', 'blocky'] as const) {
    if (options[name] !== undefined) checkBoolean(name, options[name]);
  }
  const ioThreads = options.ioThreads ?? 1;
  const maxSockets = options.maxSockets ?? MAX_SOCKETS_DEFAULT;
  const { maxMessageSize = INT_MAX, threadNamePrefix = '' } = options;
  checkInteger('ioThreads', ioThreads, 0, IO_THREADS_MAX);
  checkInteger('maxSockets', maxSockets, 1, MAX_SOCKETS_LIMIT);
  checkMessageSize(maxMessageSize);
  checkNamePrefix(threadNamePrefix);
  const arena = Arena.reserve(options.arenaSize ?? ARENA_BYTES_DEFAULT);
  const { words } = arena;
  store(words, HEADER_IO_THREADS, ioThreads);
  store(words, HEADER_IO_PLACES, ioThreads);
  store(words, HEADER_MAX_SOCKETS, maxSockets);
  store(words, HEADER_IPV6, options.ipv6 === true ? 1 : 0);
  store(words, HEADER_BLOCKY, options.blocky === false ? 0 : 1);
  store(words, HEADER_MAX_MESSAGE_SIZE, maxMessageSize);
  writeNamePrefix(words, threadNamePrefix);
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
  checkInteger('timeout', timeout, 0, INT_MAX);
  return timeout;
}

function checkMessageSize(value: unknown): void {
  if (typeof value !== 'number') throw new TypeError('maxMessageSize must be a number');
  checkInteger('maxMessageSize', value, 0, INT_MAX);
}

function checkUnsupported(name: keyof typeof UNSUPPORTED, value: unknown): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (value === UNSUPPORTED[name]) return;
  throw new ZmqError('ENOTSUP', { message: `${name} is not supported` });
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`);
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ZmqError('EINVAL', {
      message: `${name} must be an integer from ${least} to ${most}, not ${value}`,
    });
  }
}
