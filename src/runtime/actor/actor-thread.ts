import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ResourceLimits } from 'node:worker_threads';
import { unpackError } from '../control/sent-error.js';
import type { Deadline } from './deadline.js';
import { ActorError } from './errors.js';
import type { Notice, Start } from './protocol.js';
import { describeReason, type Killer, type Reason } from './reason.js';
import type { ThreadPool } from './thread-pool.js';
import { startTimer } from './timer.js';

/** How long a thread may take to be ready, in milliseconds, unless told otherwise. */
export const START_TIMEOUT_DEFAULT = 30_000;

export interface ThreadOptions {
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Milliseconds from the call until it must be ready; Infinity for any time. Default 30000. */
  readonly startTimeout?: number | undefined;
  /** Aborting it ends the thread at once. */
  readonly signal?: AbortSignal | undefined;
  /** What of `start` is given away, and not cloned. */
  readonly transfer?: readonly object[] | undefined;
  /** Called with what the program says. */
  readonly said?: ((message: unknown) => void) | undefined;
}

/**
 * A user's module in a thread of its own, as the thread sees it that has started it. It keeps the process alive
 * until it ends.
 */
export class ActorThread {
  readonly name: string;
  /** What the program gave when it was ready. Rejects with an ActorError if it ends before. */
  readonly ready: Promise<unknown>;
  /** Resolves when the thread is gone, its sockets are closed, and what it said has been heard. */
  readonly done: Promise<Reason>;
  private readonly port: MessagePort;
  private readonly abort = new AbortController();
  private readonly said: ((message: unknown) => void) | undefined;
  private settleReady!: { resolve: (value: unknown) => void; reject: (reason: unknown) => void };
  private isReady = false;
  private stopping = false;
  private killedBy: Killer | undefined;
  /** Its own word on its end. */
  private ending: Exclude<Notice, { kind: 'ready' | 'said' }> | undefined;

  /**
   * @throws ActorError ERR_ACTOR_CLONE if what it is to be given cannot be cloned. Whatever else happens, `done`
   * and `ready` tell.
   */
  constructor(pool: ThreadPool, start: Start, options: ThreadOptions = {}) {
    this.name = start.name;
    this.said = options.said;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    try {
      port1.postMessage(start, (options.transfer ?? []) as never[]);
    } catch (cause) {
      port1.close();
      const message = `What ${start.name} is to be given cannot be cloned`;
      throw new ActorError('ERR_ACTOR_CLONE', { message, cause });
    }
    this.ready = new Promise((resolve, reject) => (this.settleReady = { resolve, reject }));
    this.ready.catch(() => undefined);
    // What was posted comes before the news of the end.
    const gone = new Promise<void>((resolve) => port1.once('close', resolve));
    port1.on('message', (notice: Notice) => this.hear(notice));
    const { signal, resourceLimits, startTimeout = START_TIMEOUT_DEFAULT } = options;
    // Then no thread is to begin.
    if (signal?.aborted === true) this.abort.abort();
    const ran = pool.run({ port: port2 }, { signal: this.abort.signal, resourceLimits }).then(
      () => undefined,
      (error: unknown) => {
        // Its end of the port may never have got anywhere.
        port2.close();
        return { error };
      },
    );
    this.done = this.end(ran, gone);
    this.limit(startTimeout, signal);
  }

  /** Posts to the program's `line.listen`. @throws DataCloneError */
  post(message: unknown, transfer: readonly object[] = []): void {
    this.port.postMessage(message, transfer as never[]);
  }

  /**
   * Tells it to stop, and kills it if it has not ended by the deadline.
   * @param ask tells it; what it waits for ends when the thread does
   */
  async stop(ask: () => unknown, deadline: Deadline): Promise<Reason> {
    this.stopping = true;
    ask();
    if (!(await deadline.within(this.done))) void this.kill('stop-timeout');
    return this.done;
  }

  /** Ends the thread at once, whatever it does. Resolves when it is gone. */
  kill(by: Killer = 'kill'): Promise<Reason> {
    this.killedBy ??= by;
    this.abort.abort();
    return this.done;
  }

  private hear(notice: Notice): void {
    if (notice.kind === 'said') this.said?.(notice.message);
    else if (notice.kind === 'ready') {
      this.isReady = true;
      this.settleReady.resolve(notice.value);
    } else this.ending ??= notice;
  }

  private async end(
    ran: Promise<{ error: unknown } | undefined>,
    gone: Promise<void>,
  ): Promise<Reason> {
    const failure = await ran;
    await gone;
    const reason = this.reason(failure?.error);
    if (!this.isReady) this.settleReady.reject(notReady(this.name, reason));
    return reason;
  }

  private reason(failure: unknown): Reason {
    const { ending, killedBy } = this;
    if (ending?.kind === 'failed') return { kind: 'error', error: unpackError(ending.error) };
    if (ending?.kind === 'ended') return { kind: this.stopping ? 'stopped' : 'finished' };
    if (killedBy !== undefined) return { kind: 'killed', by: killedBy };
    const error = failure ?? new Error('The thread has ended without a word');
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return { kind: 'out-of-memory', error };
    }
    // piscina's own word for a thread that has ended, and nothing was thrown.
    if (ending !== undefined && (error as Error).message.startsWith('worker exited with code: ')) {
      return { kind: 'exit', exitCode: ending.exitCode };
    }
    return { kind: 'error', error };
  }

  private limit(startTimeout: number, signal: AbortSignal | undefined): void {
    const aborted = (): void => {
      if (!this.isReady) this.settleReady.reject(signal!.reason);
      void this.kill('signal');
    };
    if (signal?.aborted === true) {
      aborted();
      return;
    }
    signal?.addEventListener('abort', aborted, { once: true });
    const deadline = startTimer(startTimeout, () => void this.kill('start-timeout'));
    const started = (): void => clearTimeout(deadline);
    this.ready.then(started, started);
    void this.done.then(() => signal?.removeEventListener('abort', aborted));
  }
}

/** What those get who wait for something that has ended before it was ready. */
export function notReady(name: string, reason: Reason): ActorError {
  if (reason.kind === 'error' && isOfLoading(reason.error)) return reason.error;
  if (reason.kind === 'killed' && reason.by === 'start-timeout') {
    return new ActorError('ERR_ACTOR_START_TIMEOUT', { message: `${name} was not ready in time` });
  }
  const cause = 'error' in reason ? { cause: reason.error } : {};
  return new ActorError('ERR_ACTOR_DIED', {
    message: `${name} ended before it was ready: ${describeReason(reason)}`,
    ...cause,
  });
}

function isOfLoading(error: unknown): error is ActorError {
  return (
    error instanceof ActorError &&
    (error.code === 'ERR_ACTOR_LOAD' || error.code === 'ERR_ACTOR_NOT_FUNCTION')
  );
}
