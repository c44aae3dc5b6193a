import {
  START_TIMEOUT_DEFAULT,
  type ActorThread,
  notReady,
} from '../../runtime/actor/actor-thread.js';
import { Deadline } from '../../runtime/actor/deadline.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Killer, Reason } from '../../runtime/actor/reason.js';
import { startTimer } from '../../runtime/actor/timer.js';
import { unpackError } from '../../runtime/control/sent-error.js';
import type { ContextHandle } from '../../runtime/memory/arena.js';
import { checkModule } from './check.js';
import type { SharedNotice, SharedOrder } from './run-shared.js';
import type { Running } from './running.js';
import { checkThread, type ThreadOptions } from './thread-options.js';

/** The system, as far as its shared thread needs it. */
interface Owner {
  readonly linger: number;
  readonly handle: ContextHandle | undefined;
  checkOpen(): void;
  startThread(
    kind: string,
    module: string,
    parameters: unknown,
    name: string,
    options: ThreadOptions,
    said: (message: unknown) => void,
  ): ActorThread;
}

/**
 * The thread that a system's light actors share. It is started with the first of them and ends with the last.
 * What ends the thread ends all of them, and each is told; nothing can end one of them that does not want to. So the
 * thread is ended if one has to be, and the others hear because of whom.
 */
export class SharedThreads {
  private thread: ActorThread | undefined;
  private readonly running = new Map<number, SharedRunning>();
  private ids = 0;

  constructor(private readonly core: Owner) {}

  start(module: URL | string, name: string, parameters: unknown, options: ThreadOptions): Running {
    const { core } = this;
    core.checkOpen();
    if (options.resourceLimits !== undefined) {
      throw new TypeError('A shared thread has no resourceLimits');
    }
    // Nobody is to end for one that has not begun.
    options.signal?.throwIfAborted();
    const href = checkModule(module);
    checkThread(options);
    const id = this.ids++;
    const thread = (this.thread ??= this.open());
    const { data, transfer = [], startTimeout } = options;
    const start = { kind: 'module', handle: core.handle, module: href, name, data, parameters };
    try {
      thread.post({ kind: 'add', id, start } satisfies SharedOrder, transfer);
    } catch (cause) {
      this.closeIfIdle();
      const message = `What ${name} is to be given cannot be cloned`;
      throw new ActorError('ERR_ACTOR_CLONE', { message, cause });
    }
    const end = (by: Killer): void => this.end(thread, name, by);
    const running = new SharedRunning(id, name, thread, end, startTimeout, options.signal);
    this.running.set(id, running);
    void running.done.then(() => {
      this.running.delete(id);
      this.closeIfIdle();
    });
    return running;
  }

  private open(): ActorThread {
    const { core } = this;
    const thread = core.startThread('shared', import.meta.url, undefined, 'shared', {}, (said) => {
      const notice = said as SharedNotice;
      this.running.get(notice.id)?.hear(notice);
    });
    void thread.done.then((reason) => {
      if (this.thread === thread) this.thread = undefined;
      for (const running of [...this.running.values()]) running.threadEnded(thread, reason);
    });
    return thread;
  }

  /** Ends the thread because of one that is on it. Who starts from now on does so on another. */
  private end(thread: ActorThread, culprit: string, by: Killer): void {
    if (this.thread === thread) this.thread = undefined;
    for (const running of this.running.values()) running.endsWith(thread, culprit);
    void thread.kill(by);
  }

  private closeIfIdle(): void {
    if (this.running.size > 0 || this.thread === undefined) return;
    const { thread } = this;
    this.thread = undefined;
    const close = (): void => thread.post({ kind: 'close' } satisfies SharedOrder);
    void thread.stop(close, new Deadline(this.core.linger));
  }
}

/** One of the actors on a shared thread. */
class SharedRunning implements Running {
  readonly ready: Promise<unknown>;
  readonly done: Promise<Reason>;
  private settleReady!: { resolve: (value: unknown) => void; reject: (error: unknown) => void };
  private settleDone!: (reason: Reason) => void;
  private isReady = false;
  private stopping = false;
  private ended = false;
  private killedBy: Killer | undefined;
  /** Because of whom the thread is ended. */
  private culprit: string | undefined;

  /** @param endThread ends the thread, because of this one */
  constructor(
    private readonly id: number,
    private readonly name: string,
    private readonly thread: ActorThread,
    private readonly endThread: (by: Killer) => void,
    startTimeout = START_TIMEOUT_DEFAULT,
    signal: AbortSignal | undefined,
  ) {
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    this.ready.catch(() => undefined);
    this.done = new Promise((resolve) => (this.settleDone = resolve));
    const aborted = (): void => {
      if (!this.isReady) this.settleReady.reject(signal!.reason);
      void this.kill('signal');
    };
    signal?.addEventListener('abort', aborted, { once: true });
    const deadline = startTimer(startTimeout, () => void this.kill('start-timeout'));
    const started = (): void => clearTimeout(deadline);
    this.ready.then(started, started);
    void this.done.then(() => signal?.removeEventListener('abort', aborted));
  }

  hear(notice: SharedNotice): void {
    if (notice.kind === 'ready') {
      this.isReady = true;
      this.settleReady.resolve(notice.value);
    } else if (notice.kind === 'ended') {
      this.end({ kind: this.stopping ? 'stopped' : 'finished' });
    } else this.end({ kind: 'error', error: unpackError(notice.error) });
  }

  post(message: unknown, transfer: readonly object[]): void {
    this.thread.post({ kind: 'control', id: this.id, message } satisfies SharedOrder, transfer);
  }

  /** The thread is being ended because of another that is on it, or of this one. */
  endsWith(thread: ActorThread, culprit: string): void {
    if (thread === this.thread) this.culprit ??= culprit;
  }

  threadEnded(thread: ActorThread, reason: Reason): void {
    if (thread !== this.thread) return;
    if (reason.kind !== 'killed') this.end(reason);
    else if (this.killedBy !== undefined) this.end({ kind: 'killed', by: this.killedBy });
    else if (this.culprit === undefined) this.end(reason);
    else this.end({ kind: 'killed', by: 'neighbour', neighbour: this.culprit });
  }

  async stop(ask: () => unknown, deadline: Deadline): Promise<Reason> {
    this.stopping = true;
    ask();
    if (!(await deadline.within(this.done))) void this.kill('stop-timeout');
    return this.done;
  }

  /** With the thread, and all that is on it: there is no other way. Not for one that has ended. */
  kill(by: Killer = 'kill'): Promise<Reason> {
    if (this.ended) return this.done;
    this.killedBy ??= by;
    this.endThread(by);
    return this.done;
  }

  private end(reason: Reason): void {
    this.ended = true;
    if (!this.isReady) this.settleReady.reject(notReady(this.name, reason));
    this.settleDone(reason);
  }
}
