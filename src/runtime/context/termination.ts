import { load } from '../memory/atomics.js';
import { CONTEXT_STOPPED, CONTEXT_TERMINATED, HEADER_STATE } from '../memory/layout.js';
import { CALL_TERMINATE } from '../thread/activity.js';
import type { Thread } from '../thread/thread.js';
import { ioEnded, quiescent, raise } from './ending.js';
import type { Ledger, TerminateReport } from './ledger.js';

/** What a thread's wait for the end must know of the rest of the thread. */
export interface TerminatingThread {
  readonly thread: Thread;
  readonly ledger: Ledger;
  /** Has everything come that this thread's sockets have been promised? */
  readonly settled: boolean;
  /** Has the thread left the context, so that its slot may be another's? */
  readonly left: boolean;
  /** Resolves when every I/O worker that this thread has started is gone. */
  workersEnded(): Promise<void>;
  /** Closes what the thread has left open, and gives its memory back. */
  leave(): void;
}

/**
 * One thread's wait for the end of its context. Its calls, however many and of either kind, wait for the
 * same end, and the earliest of their timeouts holds. Other threads wait by themselves: they all meet in
 * the context's state, which the first that sees the end, or has no more patience, raises to STOPPED.
 */
export class Termination {
  private begun = false;
  /** A timeout is over. */
  private expired = false;
  /** When the earliest timeout is over, by performance.now(). */
  private deadline = Infinity;
  private timer: NodeJS.Timeout | undefined;
  private promise: Promise<TerminateReport> | undefined;
  private resolve: ((report: TerminateReport) => void) | undefined;
  private report: TerminateReport | undefined;
  /** This thread's event loop is kept alive for it. */
  private holding = false;
  private finishing = false;
  private readonly afterCycle = (): void => {
    if (this.finishing || !this.advance()) return;
    this.finishing = true;
    void this.core.workersEnded().then(() => this.finish());
  };

  constructor(private readonly core: TerminatingThread) {}

  /** Does this thread wait for the end? It then leaves when that has come, and no sooner. */
  get waits(): boolean {
    return this.begun;
  }

  /** @param timeout milliseconds, negative for ever */
  wait(timeout: number): Promise<TerminateReport> {
    if (this.report !== undefined) return Promise.resolve(this.report);
    if (this.promise === undefined) {
      this.promise = new Promise((resolve) => (this.resolve = resolve));
      this.begin();
      if (this.core.left) this.finish();
      else {
        this.holding = true;
        this.core.thread.hold();
        this.core.thread.watch(this.afterCycle);
        this.afterCycle();
      }
    }
    this.hasten(timeout);
    return this.promise;
  }

  /** The same, blocking the thread. */
  block(timeout: number): TerminateReport {
    this.begin();
    if (this.report === undefined && !this.core.left) {
      const { thread } = this.core;
      const end = (): boolean => this.advance() || this.stopped;
      if (!thread.blockUntil(end, this.patience(timeout), false, CALL_TERMINATE))
        this.expired = true;
      // I/O workers never block and need nobody for leaving.
      thread.blockUntil(() => this.advance(), -1, false, CALL_TERMINATE);
    }
    return this.finish();
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    if (this.core.left) return;
    raise(this.core.thread.words, CONTEXT_TERMINATED);
    this.core.thread.turn();
  }

  /** Milliseconds that a call may block which has this timeout of its own; negative for ever. */
  private patience(timeout: number): number {
    if (this.deadline === Infinity) return timeout;
    const rest = Math.max(this.deadline - performance.now(), 0);
    return timeout < 0 ? rest : Math.min(timeout, rest);
  }

  private hasten(timeout: number): void {
    if (timeout < 0 || this.report !== undefined) return;
    const deadline = performance.now() + timeout;
    if (deadline >= this.deadline) return;
    this.deadline = deadline;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.expired = true;
      this.core.thread.turn();
    }, timeout);
  }

  private get stopped(): boolean {
    return load(this.core.thread.words, HEADER_STATE) >= CONTEXT_STOPPED;
  }

  /** Goes as far towards the end as is possible now. True: all have come there but this thread. */
  private advance(): boolean {
    const { words } = this.core.thread;
    if (!this.stopped) {
      const quiet = quiescent(words) && this.core.settled;
      if (!quiet) {
        if (!this.expired) return false;
        this.core.ledger.noteHolders();
      }
      raise(words, CONTEXT_STOPPED);
    }
    return ioEnded(words);
  }

  /** All that is left to end is this thread's part in it. */
  private finish(): TerminateReport {
    if (this.report !== undefined) return this.report;
    clearTimeout(this.timer);
    this.core.thread.unwatch(this.afterCycle);
    if (this.holding) this.core.thread.unhold();
    this.core.leave();
    this.report = this.core.ledger.read();
    this.resolve?.(this.report);
    return this.report;
  }
}
