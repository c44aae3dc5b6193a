import { ActorThread } from '../../runtime/actor/actor-thread.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { CLOCK, CODEC, type Codec } from '../../runtime/base/injected.js';
import { ThreadPool } from '../../runtime/actor/thread-pool.js';
import { coreOf, type Context } from '../../runtime/context/context.js';
import { context as processContext } from '../../runtime/context/default-context.js';
import type { ContextHandle } from '../../runtime/memory/arena.js';
import { checkModule } from './check.js';
import { DeadLetters } from './dead-letters.js';
import { type Member, Members } from './members.js';
import { SharedThreads } from './shared-threads.js';
import { checkThread, type ThreadOptions } from './thread-options.js';

/** What the parts of a system share. */
export class SystemCore {
  readonly members = new Members();
  readonly deadLetters = new DeadLetters();
  readonly shared = new SharedThreads(this);
  readonly threads: ThreadPool;
  /** To be closed with the system. */
  readonly refs = new Set<{ close(): void }>();
  private injectedCodec: Codec | undefined;
  private closing = false;

  /**
   * @param warm threads that are started in advance
   * @param most threads at once
   */
  constructor(
    readonly context: Context,
    /** Milliseconds that sockets linger for, and that something may take to stop. */
    readonly linger: number,
    warm: number,
    most: number,
    /** What each thread loads first, to register what it needs. */
    readonly composition: string | undefined,
  ) {
    this.threads = new ThreadPool(coreOf(context).services.actorWorker, warm, most);
  }

  /** From now on nothing is started. */
  close(): void {
    this.closing = true;
  }

  /** @throws ActorError ERR_ACTOR_STOPPED */
  checkOpen(): void {
    if (this.closing) {
      throw new ActorError('ERR_ACTOR_STOPPED', { message: 'The system has been shut down' });
    }
  }

  /**
   * Starts a module in a thread.
   * @param name from `admit`
   * @param kind which of the programs in src/actor-worker.ts runs it
   * @param parameters what that program needs; cloned
   * @throws TypeError, RangeError for options that make no sense; ActorError ERR_ACTOR_CLONE, ERR_ACTOR_STOPPED
   */
  startThread(
    kind: string,
    module: URL | string,
    parameters: unknown,
    name: string,
    options: ThreadOptions,
    said?: (message: unknown) => void,
  ): ActorThread {
    this.checkOpen();
    const href = checkModule(module);
    checkThread(options);
    const { data, transfer, resourceLimits, signal, startTimeout } = options;
    return new ActorThread(
      this.threads,
      { kind, handle: this.handle, module: href, name, data, parameters },
      { resourceLimits, signal, startTimeout, transfer, said },
    );
  }

  get codec(): Codec {
    return (this.injectedCodec ??= coreOf(this.context).services.injected(CODEC));
  }

  /** The time, in milliseconds from any beginning. */
  now(): number {
    return coreOf(this.context).services.injected(CLOCK).now();
  }

  /** The context, for other threads; undefined for the process's own. */
  get handle(): ContextHandle | undefined {
    return this.context === processContext ? undefined : this.context.handle;
  }

  /**
   * Takes in what `make` starts, by a name that nobody else has in the system until it is done.
   * @throws TypeError; and what `make` does
   */
  admit<M extends Member>(
    module: URL | string,
    { name }: ThreadOptions,
    make: (name: string) => M,
  ): M {
    this.checkOpen();
    return this.members.admit(checkName(name) ?? nameOf(checkModule(module)), make);
  }
}

function checkName(name: unknown): string | undefined {
  if (name === undefined || (typeof name === 'string' && name !== '')) return name;
  throw new TypeError('name must be a string that is not empty');
}

/** `resize` for `…/resize.actor.js`. */
function nameOf(href: string): string {
  const file = /([^/\\]*)$/.exec(href.replace(/[?#].*$/, ''))![1]!;
  return (href.startsWith('data:') ? '' : file.replace(/\..*$/, '')) || 'anonymous';
}
