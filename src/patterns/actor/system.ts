import { Deadline } from '../../runtime/actor/deadline.js';
import { Context, type ContextOptions } from '../../runtime/context/context.js';
import type { TerminateReport } from '../../runtime/context/ledger.js';
import { SLOTS } from '../../runtime/base/limits.js';
import type { Pool, TaskModule, UntypedTask } from '../../runtime/actor/pool-types.js';
import { checkCount, checkModule, checkStopTimeout, checkTime } from './check.js';
import type { ActorHandle } from './actor-handle.js';
import { ActorRef, type RefOptions } from './actor-ref.js';
import type { DeadLetters } from './dead-letters.js';
import type { AnyActor } from './definition.js';
import { spawnModule, type SpawnOptions } from './spawn-module.js';
import type { SuperviseOptions } from './supervision.js';
import { Supervisor } from './supervisor.js';
import { SystemCore } from './system-core.js';
import type { ThreadOptions } from './thread-options.js';
import type { PipelineStart } from './pipeline.js';
import type { PipelineOptions } from './pipeline-types.js';
import type { AnyPoolOptions } from './pool.js';
import type { ServedStage, ServeStageOptions } from './serve-stage.js';
import type { Server, ServerOptions } from './server-types.js';
import { pipelineIn, poolIn, serverIn, serveStageIn } from './system-crews.js';
import type { TaskHandle } from './task-handle.js';

/** Milliseconds that a system waits for what ends, unless told otherwise. */
const LINGER_DEFAULT = 5_000;
/** Threads of a system at once, unless told otherwise: a thread takes some 10 MB. */
const THREADS_DEFAULT = 256;

export interface SystemOptions extends ContextOptions {
  /** The context to use, which is not ended with the system. Default: one of its own, from the other options. */
  readonly context?: Context | undefined;
  /** Milliseconds that its sockets linger for, and that what it has started may take to stop. Default 5000. */
  readonly linger?: number | undefined;
  /**
   * Threads that are started in advance, so that a spawn need not wait for one. Those that have been taken count as
   * long as they run. Default 1.
   */
  readonly warm?: number | undefined;
  /** Threads that may run at once; beyond that a spawn throws EMTHREAD. Default 256. */
  readonly maxThreads?: number | undefined;
  /**
   * A module that each of its threads loads before the user's, those of pools, stages and servers too, to `register`
   * there what is to be injected. The thread that makes the system imports it itself.
   */
  readonly composition?: URL | string | undefined;
}

export interface ShutdownOptions {
  /** Milliseconds from the call after which whatever has not ended is ended by force. Default: the linger. */
  readonly timeout?: number | undefined;
}

/** What became of what a system had started, by name. */
export interface ShutdownReport {
  /** Came to their end in order. */
  readonly drained: readonly string[];
  /** Had accepted messages that nobody will handle. */
  readonly dropped: readonly { readonly name: string; readonly messages: number }[];
  /** Did not: they were ended by force, since they did not end in time, or died on their way. `done` says which. */
  readonly forced: readonly string[];
  /** Of the context, if it was the system's own. */
  readonly sockets: TerminateReport | undefined;
}

/** Starts a system. Resolves when its first threads are being started. @throws TypeError, RangeError, ZmqError */
export async function system(options: SystemOptions = {}): Promise<System> {
  const made = new System(options);
  await coreOfSystem(made).threads.start();
  return made;
}

const CORES = new WeakMap<System, SystemCore>();

/** A system's inside, for what it starts. */
export function coreOfSystem(system: System): SystemCore {
  const core = CORES.get(system);
  if (core === undefined) throw new TypeError('Not a system');
  return core;
}

/** Owner of threads: starts tasks and actors in them, watches them, and sees them off. */
export class System {
  /** The context of its sockets. */
  readonly context: Context;
  readonly #core: SystemCore;
  readonly #ownsContext: boolean;
  #ending: Promise<ShutdownReport> | undefined;
  /** Of the shutdown: the earliest of those that its calls give. */
  readonly #deadline = new Deadline();
  /** Everything that it had started has ended, and its context is being ended. */
  #endsContext = false;

  /** @internal See `system`. */
  constructor(options: SystemOptions) {
    const {
      context,
      linger = LINGER_DEFAULT,
      warm = 1,
      maxThreads = THREADS_DEFAULT,
      composition,
      ...contextOptions
    } = options;
    checkTime('linger', linger);
    checkCount('warm', warm, 0, SLOTS);
    checkCount('maxThreads', maxThreads, 1, SLOTS);
    this.#ownsContext = context === undefined;
    this.context = context ?? new Context(contextOptions);
    this.#core = new SystemCore(
      this.context,
      linger,
      warm,
      maxThreads,
      composition === undefined ? undefined : checkModule(composition),
    );
    CORES.set(this, this.#core);
  }

  /** Messages that nobody has handled. */
  get deadLetters(): DeadLetters {
    return this.#core.deadLetters;
  }

  /**
   * Starts a module in a thread of its own; its default export is a `Task` or an actor. Resolves when the task says
   * that it is ready, or the actor's `setup` has its state. `spawn<typeof Resize>(…)` gives an actor its types.
   * @throws TypeError, RangeError for options that make no sense; ActorError ERR_ACTOR_LOAD,
   * ERR_ACTOR_NOT_FUNCTION, ERR_ACTOR_START_TIMEOUT, ERR_ACTOR_CLONE, ERR_ACTOR_STOPPED, and ERR_ACTOR_DIED if it
   * ends before it is ready; ZmqError EMTHREAD, and what `bind` throws; the reason of the signal
   */
  spawn(module: URL | string, options?: ThreadOptions): Promise<TaskHandle>;
  spawn<A extends AnyActor>(module: URL | string, options?: SpawnOptions): Promise<ActorHandle<A>>;
  async spawn(module: URL | string, options: SpawnOptions = {}): Promise<TaskHandle | ActorHandle> {
    return spawnModule(this.#core, module, options);
  }

  /**
   * An actor that somebody has bound to an endpoint, in any thread or process: `ref<typeof Resize>('tcp://…')`.
   * It need not be there yet.
   * @throws TypeError, RangeError; what `connect` throws
   */
  ref<A extends AnyActor>(endpoint: string, options: RefOptions = {}): ActorRef<A> {
    this.#core.checkOpen();
    return new ActorRef<A>(this.#core, endpoint, options);
  }

  /** Starts actors that are restarted together, as the strategy says. */
  supervisor(options: SuperviseOptions = {}): Supervisor {
    return new Supervisor(this.#core, options);
  }

  /**
   * Threads for short tasks: the functions of a module. Its threads are none of those that tasks and actors run in.
   * @throws TypeError, RangeError; ActorError ERR_ACTOR_STOPPED
   */
  pool<M extends TaskModule = UntypedTask>(
    module: URL | string,
    options: AnyPoolOptions = {},
  ): Pool<M> {
    return poolIn<M>(this.#core, module, options);
  }

  /** A pipeline from a source through stages of threads to a sink. @throws as `pool` */
  pipeline(options: PipelineOptions = {}): PipelineStart {
    return pipelineIn(this.#core, options);
  }

  /**
   * Serves a stage to pipelines elsewhere, which name the endpoint in `stage(url, { at })`. Resolves when its threads
   * have loaded the module and pipelines can connect.
   * @throws as `pool`, and what binding throws; ActorError ERR_ACTOR_LOAD, ERR_ACTOR_NOT_FUNCTION,
   * ERR_ACTOR_START_TIMEOUT, and ERR_ACTOR_STOPPED also if the system is shut down meanwhile
   */
  serveStage(
    endpoint: string,
    module: URL | string,
    options: ServeStageOptions = {},
  ): Promise<ServedStage> {
    return serveStageIn(this.#core, endpoint, module, options);
  }

  /**
   * Answers requests of any REQ or DEALER, on threads that run a module's function. Resolves when they have loaded it
   * and clients can connect.
   * @throws as `serveStage`
   */
  server(endpoint: string, handler: URL | string, options: ServerOptions = {}): Promise<Server> {
    return serverIn(this.#core, endpoint, handler, options);
  }

  /**
   * Ends everything that the system has started, all at once, and then its context if that is its own: in order
   * if it can be done in time, and otherwise by force. Every call gets the same report, and the earliest of their
   * timeouts holds, also for what is being stopped or closed already, and was given more time.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    this.#deadline.hasten(checkStopTimeout(options.timeout) ?? this.#core.linger);
    if (this.#ending === undefined) this.#ending = this.#end();
    else this.#hasten();
    return this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Milliseconds that are left, whole ones, as pools and contexts take them; Infinity for ever. */
  get #left(): number {
    return Math.ceil(this.#deadline.left);
  }

  /** There may be less time now for what is under way. What fails in it, the first call tells. */
  #hasten(): void {
    for (const member of this.#core.members.list()) member.end(this.#left).catch(() => undefined);
    if (this.#endsContext) this.#endContext().catch(() => undefined);
  }

  #endContext(): Promise<TerminateReport> {
    const left = this.#left;
    return this.context.destroy(left === Infinity ? {} : { timeout: left });
  }

  async #end(): Promise<ShutdownReport> {
    const core = this.#core;
    core.close();
    const ends = await Promise.all(
      core.members.list().map(async (member) => ({
        name: member.name,
        ...(await member.end(this.#left)),
      })),
    );
    for (const ref of [...core.refs]) ref.close();
    // Those that were about to start, and those that wait for a task.
    await core.threads.close();
    this.#endsContext = this.#ownsContext;
    const sockets = this.#endsContext ? await this.#endContext() : undefined;
    const named = (outcome: 'drained' | 'forced'): string[] =>
      ends.filter((end) => end.outcome === outcome).map(({ name }) => name);
    return {
      drained: named('drained'),
      dropped: ends
        .filter(({ dropped }) => dropped > 0)
        .map(({ name, dropped }) => ({ name, messages: dropped })),
      forced: named('forced'),
      sockets,
    };
  }
}
