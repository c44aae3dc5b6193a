import { ZmqError } from '../runtime/base/errors.js';
import type { SocketProfile } from '../runtime/context/commands.js';
import type { Pipe, PipeEvents } from '../runtime/pipe/pipe.js';
import { routingIdBody } from '../runtime/ring/signal-frame.js';
import type { Account } from './account.js';
import { Engine, type EngineEvents } from './engine.js';
import type { IoHost, Served } from './io-host.js';
import { peerNote } from './peer-note.js';
import { Topics } from './topics.js';
import type { PeerProperties } from './zmtp/handshake.js';
import { getProperty } from './zmtp/metadata.js';
import { ProtocolError } from './zmtp/protocol-error.js';

const ROUTING_ID_BYTES = 255;
const NONE = Buffer.alloc(0);

/**
 * What serves a pipe in an I/O worker. It outlives the application's end by the linger that end asked
 * for, until everything sent is in the kernel.
 */
export abstract class Session implements PipeEvents, EngineEvents, Served {
  protected engine: Engine | undefined;
  protected pipe: Pipe | undefined;
  /** What the socket has subscribed to, for those that subscribe. */
  private readonly topics: Topics | undefined;
  private lingerTimer: NodeJS.Timeout | undefined;
  /** The process ends: everything counts as closed by its application. */
  private exiting = false;
  private introduced = false;
  private finished = false;
  /** Messages of which the kernel has accepted only a part. */
  private torn = 0;
  private settled = false;

  constructor(
    protected readonly host: IoHost,
    protected readonly profile: SocketProfile,
    private readonly account: Account,
    topics: Iterable<string> = [],
  ) {
    if (profile.subscribes !== null) this.topics = new Topics(topics, profile.subscribes);
    account.join();
    host.adopt(this);
  }

  // ── For the engine ─────────────────────────────────────────────────────────────────────────────

  abstract handshaken(peer: PeerProperties, address: string | undefined): Pipe;
  abstract disconnected(error: Error | undefined): void;

  flushed(): void {
    if (this.exiting) this.endIfDrained();
  }

  messageTorn(): void {
    this.torn++;
  }

  // ── For the pipe ───────────────────────────────────────────────────────────────────────────────

  readActivated(pipe: Pipe): void {
    if (this.engine?.serves === true) this.engine.pump();
    else this.topics?.absorb(pipe);
  }

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

  protected newEngine(): Engine {
    const { thread, traffic } = this.host;
    return new Engine(thread.arena, this.profile, this, traffic, () => thread.touch(), this.topics);
  }

  /**
   * The name that the peer goes by; empty if it has none.
   * @throws ProtocolError ERR_ZMTP_INVALID_METADATA if it can be nobody's
   */
  protected routingIdOf({ metadata }: PeerProperties): Buffer {
    const id = getProperty(metadata, 'Identity') ?? NONE;
    if (!this.profile.routes) return NONE;
    // The first octet is 0 in ids that a ROUTER gives, and in no others: RFC 37.
    if (id.length > ROUTING_ID_BYTES || id[0] === 0) {
      throw new ProtocolError('ERR_ZMTP_INVALID_METADATA', 'The peer has an invalid routing id');
    }
    return id;
  }

  /** Tells a ROUTER who has come; once in a pipe's life, since it knows a peer by its first name. */
  protected introduce(pipe: Pipe, id: Buffer): void {
    if (!this.profile.routes || this.introduced) return;
    pipe.writeSignal(routingIdBody(id));
    this.introduced = true;
  }

  /**
   * Tells a reader that wants to know whom the messages of this connection come from.
   * @throws ZmqError ENOMEM if there is no room for it: nor would there be for a message
   */
  protected describe(pipe: Pipe, peer: PeerProperties, address: string | undefined): void {
    if (!this.profile.keepsMetadata || pipe.peerEnded) return;
    if (pipe.writeNote(peerNote(peer.metadata, address))) return;
    throw new ZmqError('ENOMEM', { message: 'There is no room for the metadata of a peer' });
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

  private endIfDrained(): boolean {
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
