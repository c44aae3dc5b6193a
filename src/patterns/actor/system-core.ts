import {
  ActorThread,
  type ThreadOptions as ActorThreadOptions,
} from '../../runtime/actor/actor-thread.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { checkResourceLimits } from '../../runtime/actor/resource-limits.js';
import { ThreadPool } from '../../runtime/actor/thread-pool.js';
import { coreOf, type Context } from '../../runtime/context/context.js';
import { context as processContext } from '../../runtime/context/default-context.js';
import { checkModule, checkTime } from './check.js';
import { Members } from './members.js';

/** What can be said of any thread that runs a module of the user's. */
export interface ThreadOptions {
  /** For reports and messages. Default: the module's name. A number is added if it is taken. */
  readonly name?: string | undefined;
  /** Given to the code, cloned. */
  readonly data?: unknown;
  /** What of `data` is given away, and not cloned. */
  readonly transfer?: readonly object[] | undefined;
  /** V8's limits for the thread, none below `RESOURCE_LIMITS_LEAST`. Such a thread is not started in advance. */
  readonly resourceLimits?: ActorThreadOptions['resourceLimits'];
  /** Ends it at once when it is aborted, and has `spawn` reject with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it must be ready; Infinity for any time. Default 30000. */
  readonly startTimeout?: number | undefined;
}

/** What the parts of a system share. */
export class SystemCore {
  readonly members = new Members();
  readonly threads: ThreadPool;
  private closing = false;
  private numbers = 0;

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

  /** An inproc endpoint that nobody else in the context has. */
  endpoint(kind: string): string {
    return `inproc://loomwire.${kind}.${coreOf(this.context).thread.slot}.${this.numbers++}`;
  }

  /**
   * Starts a module in a thread.
   * @param kind which of the programs in src/actor-worker.ts runs it
   * @param parameters what that program needs; cloned
   * @throws TypeError, RangeError for options that make no sense; ActorError ERR_ACTOR_CLONE, ERR_ACTOR_STOPPED
   */
  startThread(
    kind: string,
    module: URL | string,
    parameters: unknown,
    options: ThreadOptions,
    said?: (message: unknown) => void,
  ): ActorThread {
    this.checkOpen();
    const href = checkModule(module);
    const { data, transfer, resourceLimits, signal, startTimeout } = options;
    if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
    if (startTimeout !== undefined) checkTime('startTimeout', startTimeout);
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new TypeError('signal must be an AbortSignal');
    }
    const handle = this.context === processContext ? undefined : this.context.handle;
    const name = this.members.reserve(checkName(options.name) ?? nameOf(href));
    try {
      return new ActorThread(
        this.threads,
        { kind, handle, module: href, name, data, parameters },
        { resourceLimits, signal, startTimeout, transfer, said },
      );
    } catch (error) {
      this.members.release(name);
      throw error;
    }
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
