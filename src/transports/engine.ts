import { Buffer } from 'node:buffer';
import { parseAppMetadata } from '../runtime/base/app-metadata.js';
import { ZmqError } from '../runtime/base/errors.js';
import type { Arena } from '../runtime/memory/arena.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import type { SocketProfile } from '../runtime/context/commands.js';
import { wireHeader } from '../runtime/ring/frame.js';
import { ConflatingInbound } from './conflating-inbound.js';
import type { ConnectionEngine } from './connection-engine.js';
import { Inbound } from './inbound.js';
import { NullMechanism } from './mechanisms/null.js';
import { Outbound, type OutboundEvents } from './outbound.js';
import type { CommandTaker, Receiver } from './receiver.js';
import type { SessionEvents } from './session-engine.js';
import type { Link } from './stream/link.js';
import { encodePing, encodePong, parseTrafficCommand } from './zmtp/commands.js';
import { TopicTeller, type Topics } from './topics.js';
import { V1Inbound } from './v1-inbound.js';
import { checkSocketType } from './zmtp/compatibility.js';
import { encodeGreeting } from './zmtp/greeting.js';
import { Handshake, HANDSHAKE_BUDGET, type PeerProperties } from './zmtp/handshake.js';
import { Heartbeat } from './zmtp/heartbeat.js';
import { getProperty, type Property } from './zmtp/metadata.js';
import { ProtocolError } from './zmtp/protocol-error.js';
import { V1Decoder } from './zmtp/v1-decoder.js';
import { V1Encoder } from './zmtp/v1-encoder.js';
import { v1Header } from './zmtp/v1-frame.js';

/** What the engine of a connection that speaks ZMTP tells its session. See raw/raw-engine.ts for the other kind. */
export interface EngineEvents extends SessionEvents {
  /** The handshake is over: gives the pipe that the connection serves. @param address where the peer is */
  handshaken(peer: PeerProperties, address: string | undefined): Pipe;
  /** The connection is gone. `error` is missing if the peer closed it in order. */
  disconnected(error: Error | undefined): void;
}

/** Counts of all engines of an I/O worker. */
export interface Traffic {
  /** Handshakes that are over. */
  handshakes: number;
  bytesReceived: number;
  bytesSent: number;
  /** Datagrams that came, and that a socket had no room for. */
  datagramsDropped: number;
  /** Datagrams that came and make no sense, or are larger than may be. */
  datagramsIgnored: number;
  /** Messages that were to go out as datagrams, and that the system did not take. */
  datagramsUnsent: number;
}

/** What a connection is read into at first: a greeting and a READY command that says little, which is what most peers send. */
const EARLY_BYTES_FIRST = 256;

const NONE = Buffer.alloc(0);

/**
 * The life of one connection: greeting and handshake with a small fixed budget and one deadline, then
 * messages between the link and a pipe, and heartbeats.
 */
export class Engine implements ConnectionEngine, OutboundEvents, CommandTaker {
  /** Undefined once it is over: thousands of connections that lie idle keep nothing of it. */
  private handshake: Handshake | undefined;
  /** Bytes received before the pipe, with room for as many again as have come. */
  private early = NONE;
  private earlyLength = 0;
  private deadline: NodeJS.Timeout | undefined;
  private link: Link | undefined;
  private inbound: Receiver | undefined;
  private outbound: Outbound | undefined;
  /** Made when there is something to wait for. */
  private heartbeat: Heartbeat | undefined;
  private beat: NodeJS.Timeout | undefined;
  /** The timeout was armed while the PING waited. */
  private pingWaited = false;
  /** What the link had accepted when that was last asked for the sake of a PING. */
  private acceptedBefore = 0;
  /** Before ZMTP 3 there are no commands. */
  private takesCommands = false;
  /** PING, SUBSCRIBE and CANCEL are commands since ZMTP 3.1. */
  private speaksCommands = false;
  private over = false;

  constructor(
    private readonly arena: Arena,
    private readonly profile: SocketProfile,
    private readonly events: EngineEvents,
    private readonly traffic: Traffic,
    private readonly touch: () => void,
    private readonly topics: Topics | undefined,
  ) {
    const { properties, ...said } = introductionOf(profile);
    this.handshake = new Handshake({ mechanism: new NullMechanism(properties), ...said });
  }

  /** The link stands. */
  open(link: Link): void {
    this.link = link;
    this.send([this.handshake!.start()]);
    const { handshakeInterval } = this.profile;
    if (handshakeInterval > 0) {
      // One deadline for all of it: a peer that sends a byte now and then gains nothing.
      this.deadline = setTimeout(
        () => this.fail(new ZmqError('EAGAIN', { message: 'The handshake took too long' })),
        handshakeInterval,
      );
    }
  }

  /** There is something to send. */
  pump(): void {
    this.attempt(() => this.outbound?.pump());
  }

  /** There is room for what was received. */
  resume(): void {
    this.attempt(() => {
      if (this.inbound?.resume() === true) this.link?.resume();
    });
  }

  /** Is the handshake over, and the pipe served? */
  get serves(): boolean {
    return this.outbound !== undefined && !this.over;
  }

  /** Nothing is on its way to the kernel. */
  get idle(): boolean {
    return this.outbound?.busy !== true;
  }

  /** Everything has been sent: closes in order. */
  end(): void {
    this.stop();
    this.inbound?.rollback();
    this.link?.end();
  }

  /** Closes at once. */
  destroy(): void {
    if (this.over) return;
    this.stop();
    if (this.outbound?.abandon() === true) this.events.messageTorn();
    this.inbound?.rollback();
    this.link?.destroy();
  }

  // ── For the link ───────────────────────────────────────────────────────────────────────────────

  space(): Uint8Array {
    if (this.inbound !== undefined && !this.over) {
      try {
        return this.inbound.space();
      } catch (error) {
        setImmediate(() => this.fail(error as Error));
      }
    }
    // After the end a link may still have one read out; what comes is thrown away.
    if (this.handshake === undefined || this.earlyLength >= HANDSHAKE_BUDGET) {
      return Buffer.allocUnsafe(64);
    }
    return this.earlySpace();
  }

  received(length: number): boolean {
    if (this.over) return true;
    this.traffic.bytesReceived += length;
    this.touch();
    let open = false;
    this.attempt(() => {
      if (this.inbound === undefined) {
        open = this.receivedEarly(length);
        return;
      }
      if (this.heartbeat !== undefined && this.beat !== undefined) this.heard();
      open = this.inbound.received(length);
    });
    return open;
  }

  closed(error: Error | undefined): void {
    this.fail(error);
  }

  // ── Handshake ──────────────────────────────────────────────────────────────────────────────────

  private earlySpace(): Uint8Array {
    if (this.earlyLength === this.early.length) {
      const length = Math.max(2 * this.earlyLength, EARLY_BYTES_FIRST);
      const longer = Buffer.allocUnsafeSlow(Math.min(length, HANDSHAKE_BUDGET));
      this.early.copy(longer);
      this.early = longer;
    }
    return this.early.subarray(this.earlyLength);
  }

  private receivedEarly(length: number): boolean {
    const { early } = this;
    this.earlyLength += length;
    const peer = this.shakeHands(early);
    if (peer === undefined) {
      if (this.earlyLength < HANDSHAKE_BUDGET) return true;
      throw new ProtocolError('ERR_ZMTP_HANDSHAKE_TOO_LARGE', 'The handshake is too long');
    }
    clearTimeout(this.deadline);
    this.deadline = undefined;
    const type = getProperty(peer.metadata, 'Socket-Type')?.toString('latin1');
    checkSocketType(type, this.profile.peers);
    return this.begin(peer, early.subarray(0, this.earlyLength));
  }

  /** Goes on with the handshake as far as what has come allows; answers the peer when it is over. */
  private shakeHands(early: Buffer): PeerProperties | undefined {
    for (;;) {
      const { consumed, output, done } = this.handshake!.feed(early, this.earlyLength);
      early.copyWithin(0, consumed, this.earlyLength);
      this.earlyLength -= consumed;
      if (output !== undefined) this.send(output);
      if (done !== undefined || output === undefined) return done;
    }
  }

  private begin(peer: PeerProperties, received: Buffer): boolean {
    const pipe = this.events.handshaken(peer, this.link!.peerHost);
    this.traffic.handshakes++;
    const { major, minor } = peer.version;
    this.takesCommands = major >= 3;
    this.speaksCommands = major === 3 && minor > 0;
    if (this.profile.heartbeatInterval > 0 && this.speaksCommands) this.beginHeartbeat();
    this.handshake = undefined;
    this.early = NONE;
    this.inbound = this.newInbound(pipe, peer);
    this.outbound = new Outbound(
      this.arena,
      pipe,
      this.link!,
      this,
      this.topics && new TopicTeller(this.topics, !this.speaksCommands),
      speaksV1(peer) ? new V1Encoder() : undefined,
    );
    this.armBeat();
    const { helloMessage } = this.profile;
    // The socket's own messages come behind it. What is written here goes out in order.
    if (helloMessage !== null) {
      this.send(helloFrame(Buffer.from(helloMessage, 'hex'), speaksV1(peer)));
    }
    this.outbound.pump();
    return this.inbound.accept(received);
  }

  private newInbound(pipe: Pipe, peer: PeerProperties): Receiver {
    const { maxMessageSize, publishes } = this.profile;
    if (pipe.producer.conflates) {
      const decoder = speaksV1(peer) ? new V1Decoder() : undefined;
      return new ConflatingInbound(pipe, maxMessageSize, this, decoder);
    }
    if (!speaksV1(peer)) return new Inbound(this.arena, pipe, maxMessageSize, publishes, this);
    const inbound = new V1Inbound(this.arena, pipe, maxMessageSize, publishes, this);
    if (publishes && !peer.tellsTopics) inbound.subscribeToAll();
    return inbound;
  }

  // ── For what goes out ──────────────────────────────────────────────────────────────────────────

  sent(bytes: number): void {
    this.traffic.bytesSent += bytes;
    this.touch();
  }

  drained(): void {
    this.events.flushed();
  }

  pinged(): void {
    if (this.pingWaited) this.heartbeat!.extend(performance.now());
    else this.heartbeat!.onPingSent(performance.now());
    this.pingWaited = false;
    this.armBeat();
  }

  broken(error: Error): void {
    this.breakOff(error);
  }

  // ── Heartbeats and commands ────────────────────────────────────────────────────────────────────

  command(body: Buffer): void {
    // Before ZMTP 3 there are none. What looks like one is passed over, as by libzmq.
    if (!this.takesCommands) return;
    const command = parseTrafficCommand(body);
    if (command.kind !== 'ping') return;
    // Whoever sends none may be told how long to wait for them.
    if (this.heartbeat === undefined) this.beginHeartbeat();
    this.heartbeat!.onPing(command.ttlTenths, performance.now());
    this.armBeat();
    this.outbound?.answerPing(encodePong(command.context));
  }

  private beginHeartbeat(): void {
    const { heartbeatInterval, heartbeatTimeToLive, heartbeatTimeout } = this.profile;
    this.heartbeat = new Heartbeat(
      {
        interval: this.speaksCommands ? heartbeatInterval : 0,
        timeToLive: heartbeatTimeToLive,
        timeout: heartbeatTimeout,
      },
      performance.now(),
    );
  }

  private heard(): void {
    this.heartbeat!.onTraffic(performance.now());
  }

  private armBeat(): void {
    clearTimeout(this.beat);
    this.beat = undefined;
    const now = performance.now();
    const next = this.heartbeat?.nextDeadline(now);
    if (next !== undefined) this.beat = setTimeout(() => this.onBeat(), Math.ceil(next - now));
  }

  private onBeat(): void {
    const action = this.heartbeat!.due(performance.now());
    if (action === 'expired' && !this.isWriting()) {
      this.fail(new Error('The peer has fallen silent'));
      return;
    }
    if (action === 'send-ping') {
      this.outbound?.sendPing(encodePing(this.heartbeat!.ttlTenths));
      // It waits for what is being written. That has to go on, or the peer is as good as silent.
      if (this.outbound?.pingWaits === true && this.outbound.busy) {
        this.heartbeat!.onPingSent(performance.now());
        this.pingWaited = true;
        this.acceptedBefore = this.link!.accepted;
      }
    }
    this.armBeat();
  }

  /** Does the PING that has not been answered wait for what is being written, and does that go on? */
  private isWriting(): boolean {
    if (this.outbound?.pingWaits !== true) return false;
    const { accepted } = this.link!;
    // Without a write it is the application that does not go on, in the middle of a message.
    if (this.outbound.busy && accepted === this.acceptedBefore) return false;
    this.acceptedBefore = accepted;
    return this.heartbeat!.extend(performance.now());
  }

  // ── Ending ─────────────────────────────────────────────────────────────────────────────────────

  private send(pieces: readonly Buffer[]): void {
    this.link!.write(pieces, () => undefined);
  }

  /** Whatever a peer's bytes lead to costs this connection and nobody else anything. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private fail(error: Error | undefined): void {
    if (this.over) return;
    this.destroy();
    this.events.disconnected(error);
  }

  /** What was written before still goes out: only then does the peer hear that there is no more. */
  private breakOff(error: Error): void {
    if (this.over) return;
    this.stop();
    this.inbound?.rollback();
    this.link?.end();
    this.events.disconnected(error);
  }

  private stop(): void {
    this.over = true;
    clearTimeout(this.deadline);
    clearTimeout(this.beat);
  }
}

/** What a socket says of itself, the same over all of its connections. */
interface Introduction {
  readonly socketType: string;
  readonly routingId: Buffer | undefined;
  readonly properties: readonly Property[];
  readonly greeting: Buffer;
}

const introductions = new WeakMap<SocketProfile, Introduction>();

function introductionOf(profile: SocketProfile): Introduction {
  let introduction = introductions.get(profile);
  if (introduction === undefined) {
    const { type: socketType, routingId: digits, metadata } = profile;
    const routingId = digits === null ? undefined : Buffer.from(digits, 'hex');
    const properties: Property[] = [['Socket-Type', socketType]];
    if (routingId !== undefined) properties.push(['Identity', routingId]);
    if (metadata !== null) properties.push(...parseAppMetadata(metadata)!);
    const greeting = encodeGreeting('NULL', false, routingId?.length);
    introduction = { socketType, routingId, properties, greeting };
    introductions.set(profile, introduction);
  }
  return introduction;
}

function helloFrame(body: Buffer, v1: boolean): Buffer[] {
  return [v1 ? v1Header(0, body.length) : wireHeader(0, body.length), body];
}

/** Frames are the same since ZMTP 2.0, and lie so in a ring. */
function speaksV1({ version: { major } }: PeerProperties): boolean {
  return major === 1;
}
