import type { SocketProfile } from '../runtime/context/commands.js';
import type { Pipe, PipeEvents } from '../runtime/pipe/pipe.js';
import type { Account } from './account.js';
import type { IoHost, Served } from './io-host.js';
import type { SessionEngine, SessionEvents } from './session-engine.js';

/**
 * What serves a pipe in an I/O worker. It outlives the application's end by the linger that end asked
 * for, until everything sent is in the kernel.
 */
export abstract class Session implements PipeEvents, SessionEvents, Served {
  protected engine: SessionEngine | undefined;
  protected pipe: Pipe | undefined;
  private lingerTimer: NodeJS.Timeout | undefined;
  /** The process ends: everything counts as closed by its application. */
  private exiting = false;
  private finished = false;
  /** Messages of which the kernel has accepted only a part. */
  private torn = 0;
  private settled = false;

  constructor(
    protected readonly host: IoHost,
    protected readonly profile: SocketProfile,
    private readonly account: Account,
  ) {
    account.join();
    host.adopt(this);
  }

  // ── For the engine ─────────────────────────────────────────────────────────────────────────────

  flushed(): void {
    if (this.exiting) this.endIfDrained();
  }

  ended(): void {
    this.engine?.end();
    this.leavePipe();
    this.finish();
  }

  messageTorn(): void {
    this.torn++;
  }

  // ── For the pipe ───────────────────────────────────────────────────────────────────────────────

  readActivated(pipe: Pipe): void {
    if (this.engine?.serves === true) this.engine.pump();
    else this.absorb(pipe);
  }

  /** The socket has said something while nobody is there to be told. */
  protected abstract absorb(pipe: Pipe): void;

  writeActivated(): void {
    this.engine?.resume();
  }

  messageSkipped(): void {
    this.torn++;
  }

  /** The application has left; what it sent goes on its way for as long as linger says. */
  peerLeft(pipe: Pipe): void {
    if (this.engine?.serves === true) this.engine.pump();
    else if (passUnfinished(pipe)) return;
    if (!this.finished) this.startLinger(pipe.linger);
  }

  /** The application has left, and everything it sent is in the kernel. */
  pipeTerminated(): void {
    this.engine?.end();
    this.finish();
  }

  // ── For the worker ─────────────────────────────────────────────────────────────────────────────

  /** The process ends: as if the application had left, though it cannot say so any more. */
  exit(): void {
    this.exiting = true;
    // Linger counts from the close, where there was one.
    if (this.endIfDrained() || this.pipe?.peerEnded === true) return;
    this.startLinger(this.pipe?.linger ?? 0);
  }

  /** The worker leaves: all that is left is given up. */
  stop(): void {
    if (!this.endIfDrained()) this.abort();
  }

  /** Gives up whatever is left. */
  abort(): void {
    this.engine?.destroy();
    this.leavePipe();
    this.finish();
  }

  /** Gives up what is left in the pipe; says first how much that is, since an end that has left may not look. */
  protected leavePipe(): void {
    this.settle();
    this.pipe?.terminate();
  }

  /** The session is over. Called once by the way it ends. */
  protected finish(): void {
    if (this.finished) return;
    this.finished = true;
    clearTimeout(this.lingerTimer);
    this.settle();
    this.account.leave();
    this.host.release(this);
  }

  private settle(): void {
    const { pipe, torn } = this;
    if (this.settled || pipe === undefined) return;
    this.settled = true;
    const closed = pipe.peerEnded || this.exiting;
    const ending = !this.host.stopping ? 'itself' : closed ? 'closed' : 'open';
    this.account.settle(pipe.peerWritten, torn, pipe.skipUnread(), ending);
  }

  private startLinger(linger: number): void {
    if (linger < 0 || this.finished) return;
    clearTimeout(this.lingerTimer);
    if (linger === 0) this.abort();
    else this.lingerTimer = setTimeout(() => this.abort(), linger);
  }

  /** Ends if nothing is left to be sent. True if it was so. */
  protected endIfDrained(): boolean {
    const { pipe, engine } = this;
    if (engine?.idle === false) return false;
    if (pipe !== undefined && !passUnfinished(pipe) && pipe.checkFrames()) return false;
    engine?.end();
    this.finish();
    return true;
  }
}

/**
 * Passes over what no connection will be told: the beginning of a message that will never be whole. It is not
 * to be waited for. True if nothing is left then.
 */
function passUnfinished(pipe: Pipe): boolean {
  while (pipe.checkFrames()) {
    if (!pipe.holdsPiece || !pipe.unfinished) return false;
    pipe.skipRest();
  }
  return true;
}
