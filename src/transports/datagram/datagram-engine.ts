import type { DatagramPeer } from '../../runtime/base/datagram.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import type { Traffic } from '../engine.js';
import type { SessionEngine, SessionEvents } from '../session-engine.js';
import { Topics } from '../topics.js';
import { GROUPED, RAW, type Framing } from './framing.js';
import type { DatagramReader, UdpLink } from './udp-link.js';

/**
 * Datagrams on their way to the kernel at most, and as many at a stretch: a sender that never stops leaves the
 * worker to all others.
 */
const UNDER_WAY_MOST = 64;

/**
 * Between a pipe and a UDP socket: a message is a datagram. What the pipe has no room for is dropped and
 * counted, as is what makes no sense; nobody is told, since a datagram's sender need not exist.
 */
export class DatagramEngine implements SessionEngine, DatagramReader {
  private readonly framing: Framing;
  /** What a DISH has joined; others never get further than here. */
  private readonly groups: Topics | undefined;
  private readonly sends: boolean;
  private underWay = 0;
  /** Goes on with sending in the next turn of the event loop. */
  private resting = false;
  private over = false;
  /** Everything has been sent, and the link closes when the kernel has it. */
  private ending = false;

  constructor(
    private readonly link: UdpLink,
    private readonly pipe: Pipe,
    private readonly profile: SocketProfile,
    private readonly events: SessionEvents,
    private readonly traffic: Traffic,
    private readonly touch: () => void,
  ) {
    const { publishes, subscribes } = profile;
    this.framing = publishes || subscribes !== null ? GROUPED : RAW;
    this.sends = subscribes === null;
    if (subscribes !== null) this.groups = new Topics([], subscribes);
    // What comes to a RADIO is for nobody.
    if (!publishes) link.open(this);
  }

  get serves(): boolean {
    return !this.over;
  }

  get idle(): boolean {
    return this.underWay === 0;
  }

  pump(): void {
    if (!this.sends) {
      this.groups?.absorb(this.pipe);
      return;
    }
    if (this.resting) return;
    for (let i = 0; i < UNDER_WAY_MOST; i++) {
      if (this.underWay >= UNDER_WAY_MOST || !this.more()) return;
      this.sendNext();
    }
    this.rest();
  }

  resume(): void {
    // Nothing waits: what there was no room for is gone.
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    if (this.underWay === 0) this.link.close();
    else this.ending = true;
  }

  destroy(): void {
    if (this.over && !this.ending) return;
    this.over = true;
    this.ending = false;
    for (let lost = Math.min(this.underWay, this.link.queued); lost > 0; lost--) {
      this.events.messageTorn();
    }
    this.link.close();
  }

  // ── For the link ───────────────────────────────────────────────────────────────────────────────

  received(datagram: Buffer, from: DatagramPeer): void {
    const { pipe, groups, traffic } = this;
    traffic.bytesReceived += datagram.length;
    this.touch();
    // Whatever was joined before the datagram was sent has been said by now.
    groups?.absorb(pipe);
    if (this.over) return;
    const message = this.framing.decode(datagram, from);
    if (message === undefined || this.tooLarge(message[1]!)) traffic.datagramsIgnored++;
    else if (groups?.has(message[0]!.toString('latin1')) !== false) this.deliver(message);
  }

  missed(): void {
    this.traffic.datagramsIgnored++;
  }

  private tooLarge({ length }: Buffer): boolean {
    const { maxMessageSize } = this.profile;
    return maxMessageSize >= 0 && length > maxMessageSize;
  }

  private deliver(message: readonly Buffer[]): void {
    try {
      if (this.pipe.write(message)) return;
    } catch (error) {
      // One that the context's arena could never hold.
      if (!(error instanceof ZmqError)) throw error;
    }
    this.traffic.datagramsDropped++;
  }

  // ── Sending ────────────────────────────────────────────────────────────────────────────────────

  /** Is there another message? The end of the pipe is acted on only when everything is in the kernel. */
  private more(): boolean {
    if (this.over || (this.underWay > 0 && !this.pipe.peekFrames())) return false;
    return this.pipe.checkRead();
  }

  private sendNext(): void {
    const { pipe } = this;
    const isSignal = pipe.holdsSignal;
    const message = pipe.read();
    if (isSignal) return;
    const datagram = this.framing.encode(message);
    if (datagram === undefined) {
      this.lost();
      return;
    }
    this.underWay++;
    const { pieces, to } = datagram;
    try {
      this.link.send(pieces, to, (error) => this.sent(pieces, error));
    } catch {
      // An address that this socket can never send to.
      this.underWay--;
      this.lost();
    }
  }

  private sent(pieces: readonly Uint8Array[], error: Error | null): void {
    this.underWay--;
    if (!this.over || this.ending) {
      if (error === null) for (const { length } of pieces) this.traffic.bytesSent += length;
      else this.lost();
    }
    if (this.underWay > 0) return;
    if (this.ending) {
      this.ending = false;
      this.link.close();
      return;
    }
    if (this.over) return;
    this.touch();
    this.events.flushed();
    this.rest();
  }

  private lost(): void {
    this.traffic.datagramsUnsent++;
    this.events.messageTorn();
  }

  private rest(): void {
    if (this.resting || this.over) return;
    this.resting = true;
    setImmediate(() => {
      this.resting = false;
      if (!this.over) this.pump();
    });
  }
}
