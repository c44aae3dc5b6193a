import type { SocketProfile } from '../../runtime/context/commands.js';
import type { Arena } from '../../runtime/memory/arena.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { FRAME_PIECE } from '../../runtime/ring/frame.js';
import { FrameCursor } from '../../runtime/ring/frame-cursor.js';
import type { ConnectionEngine } from '../connection-engine.js';
import type { Traffic } from '../engine.js';
import { Outbound } from '../outbound.js';
import type { Link } from '../stream/link.js';
import { RawEncoder } from './raw-encoder.js';
import { RawInbound } from './raw-inbound.js';

/** What a raw engine tells its session. */
export interface RawEngineEvents {
  /** The connection stands, and there is no handshake: gives the pipe that it serves. @param address where the peer is */
  opened(address: string | undefined): Pipe;
  /** Everything that was in the pipe is in the kernel. */
  flushed(): void;
  /** The application has closed the connection, and everything that it sent before is in the kernel. */
  ended(): void;
  /** The kernel has accepted a part of a message, and will not get the rest. */
  messageTorn(): void;
  /** The connection is gone. `error` is missing if the peer closed it in order. */
  disconnected(error: Error | undefined): void;
}

/**
 * How long a peer may go on sending, in milliseconds, when everything has been said to it and it was told so. Closing
 * at once would reset the connection and take back what is on its way; but who never closes must not keep
 * a descriptor of ours.
 */
const GOODBYE_MILLISECONDS = 30_000;

/**
 * The life of one connection of a STREAM: bytes between the link and a pipe, from the first one on. Nobody is
 * greeted, nothing is checked, and nothing beats.
 */
export class RawEngine implements ConnectionEngine {
  private readonly inbound: RawInbound;
  private readonly encoder = new RawEncoder();
  private outbound: Outbound | undefined;
  private pipe: Pipe | undefined;
  private link: Link | undefined;
  private goodbye: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly arena: Arena,
    { raw }: SocketProfile,
    private readonly events: RawEngineEvents,
    private readonly traffic: Traffic,
    private readonly touch: () => void,
  ) {
    this.inbound = new RawInbound(arena, raw?.notify === true);
  }

  open(link: Link): void {
    this.link = link;
    this.attempt(() => {
      const pipe = this.events.opened(link.peerHost);
      this.pipe = pipe;
      this.outbound = this.newOutbound(pipe, link);
      if (!this.inbound.begin(pipe)) link.pause();
      this.outbound.pump();
    });
  }

  pump(): void {
    this.attempt(() => this.outbound?.pump());
  }

  resume(): void {
    if (this.over) return;
    this.attempt(() => {
      if (this.inbound.resume()) this.link?.resume();
    });
  }

  get serves(): boolean {
    return this.outbound !== undefined && !this.over;
  }

  get idle(): boolean {
    return this.outbound?.busy !== true;
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    const { link } = this;
    if (link === undefined) return;
    link.end();
    // Of one that is paused nobody would hear the peer's end.
    link.resume();
    this.goodbye = setTimeout(() => link.destroy(), GOODBYE_MILLISECONDS);
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    if (this.outbound?.abandon() === true) this.events.messageTorn();
    this.link?.destroy();
  }

  // ── For the link ───────────────────────────────────────────────────────────────────────────────

  space(): Uint8Array {
    // The ring is not ours any more once its pipe is left, and others may have its memory already.
    return this.over ? this.inbound.aside : this.inbound.space();
  }

  received(length: number): boolean {
    // What comes after the end is thrown away.
    if (this.over) return true;
    this.traffic.bytesReceived += length;
    this.touch();
    let open = false;
    this.attempt(() => (open = this.inbound.received(length)));
    return open;
  }

  closed(error: Error | undefined): void {
    clearTimeout(this.goodbye);
    this.fail(error);
  }

  // ── Inside ─────────────────────────────────────────────────────────────────────────────────────

  private newOutbound(pipe: Pipe, link: Link): Outbound {
    return new Outbound(
      this.arena,
      pipe,
      link,
      {
        sent: (bytes) => {
          this.traffic.bytesSent += bytes;
          this.touch();
        },
        drained: () => (this.encoder.ended ? this.events.ended() : this.events.flushed()),
        pinged: () => undefined,
        broken: (error) => this.breakOff(error),
      },
      undefined,
      this.encoder,
    );
  }

  /** Whatever goes wrong costs this connection and nobody else anything. */
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
    if (this.passEnd()) {
      this.events.ended();
      return;
    }
    this.inbound.lost();
    this.events.disconnected(error);
  }

  /** What was written before still goes out: only then does the peer hear that there is no more. */
  private breakOff(error: Error): void {
    if (this.over) return;
    this.end();
    this.inbound.lost();
    this.events.disconnected(error);
  }

  /** Would all that is left to do over another connection be to close it? Then that is done. */
  private passEnd(): boolean {
    const { pipe } = this;
    if (pipe?.peekFrames() !== true) return false;
    const frame = new FrameCursor(this.arena);
    frame.look(pipe.consumer, pipe.consumer.head);
    if (frame.length > 0 || (frame.flags & FRAME_PIECE) !== 0) return false;
    pipe.consumer.head = frame.next;
    pipe.release();
    return true;
  }
}
