import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import { SHORT_BODY_MAX } from '../runtime/ring/frame.js';
import type { Thread } from '../runtime/thread/thread.js';
import type { ProxySide } from './proxy-side.js';
import type { Socket } from './socket.js';

/** Messages moved in a row before the other way, and the rest of the thread, has its turn; libzmq's number. */
const BURST_MESSAGES = 1000;
/** A burst ends after as many bytes, too: a thousand large messages would keep a command waiting for seconds. */
const BURST_BYTES = 4 * 1024 * 1024;

/** How a turn of a way, or of a control socket, ended. */
export type Progress =
  /** Nothing to do, or no room for it: the sockets tell when that changes. */
  | 'rests'
  /** The burst is over, and there may be more. */
  | 'more';

/**
 * The place of a short message on its way: nobody keeps it, so it is used again. A Buffer for each took a quarter of a proxy's
 * time.
 */
class Place {
  private readonly bytes = Buffer.allocUnsafe(SHORT_BODY_MAX);
  /** The beginnings of it, by their length, as they are needed. */
  private readonly beginnings: (Buffer | undefined)[] = [];
  private readonly message: Buffer[] = [this.bytes];

  /** The next message, if it has come, is short, and has one part; until the next call. */
  receive(from: Socket): Buffer[] | undefined {
    const length = from.xrecvInto(this.bytes);
    if (length < 0) return undefined;
    this.message[0] = this.beginnings[length] ??= this.bytes.subarray(0, length);
    return this.message;
  }
}

/** What has become of a message. */
type Outcome = 'sent' | 'refused' | 'waits';

/** The capture socket, which both ways have: a message that waits for it has to go before any other. */
export class Capture {
  private user: ProxyWay | undefined;

  /** @param free called when the message that has waited is gone */
  constructor(
    readonly socket: Socket,
    private readonly free: () => void,
  ) {}

  /** @param send answers whether it sent the message to the socket */
  use(way: ProxyWay, send: (socket: Socket) => boolean): boolean {
    if (this.user !== undefined && this.user !== way) return false;
    const waited = this.user === way;
    this.user = send(this.socket) ? undefined : way;
    if (this.user !== undefined) return false;
    if (waited) this.free();
    return true;
  }
}

/**
 * One way through a proxy. It takes a message only when the other end has room by count. One that then
 * turns out to be too large for what is free is kept until there is room: it is the only one that is in
 * neither socket.
 */
export class ProxyWay {
  private readonly place = new Place();
  private held: Buffer[] | undefined;
  private heldBytes = 0;
  /** The held message has gone to the capture socket. */
  private captured = false;

  /** @param refused called with the reason when an end refuses a message for good */
  constructor(
    private readonly from: ProxySide,
    private readonly to: ProxySide,
    private readonly capture: Capture | undefined,
    private readonly thread: Thread,
    private readonly refused: (reason: ZmqError) => void,
  ) {}

  /** The proxy begins. */
  begin(): void {
    this.to.beginSending();
  }

  /** Moves what can be moved, up to a burst. Whoever receives it is woken once, or for every few kilobytes. */
  move(): Progress {
    const { batch } = this.thread;
    batch.begin();
    try {
      return this.moveBurst();
    } finally {
      batch.end();
    }
  }

  private moveBurst(): Progress {
    let bytes = 0;
    for (let moved = 0; moved < BURST_MESSAGES && bytes < BURST_BYTES; moved++) {
      if (this.held === undefined && !this.take()) return 'rests';
      bytes += this.heldBytes;
      if (!this.deliver()) return 'rests';
    }
    return 'more';
  }

  private take(): boolean {
    const from = this.from.socket;
    const to = this.to.socket;
    // A REP that is both ends can send only after it has received, so there the message comes first.
    if (to !== from && !to.xhasOut()) return false;
    if (this.capture !== undefined && !this.capture.socket.xhasOut()) return false;
    const message = this.place.receive(from) ?? from.xrecv();
    if (message === undefined) return false;
    let bytes = 0;
    for (let i = 0; i < message.length; i++) bytes += message[i]!.length;
    this.held = message;
    this.heldBytes = bytes;
    this.from.received(bytes);
    return true;
  }

  private deliver(): boolean {
    const message = this.held!;
    if (this.capture !== undefined && !this.captured) {
      const send = (socket: Socket): boolean => this.send(socket, message) !== 'waits';
      if (!this.capture.use(this, send)) return false;
      this.captured = true;
    }
    const outcome = this.send(this.to.socket, message);
    if (outcome === 'waits') return false;
    if (outcome === 'sent') this.to.sent(this.heldBytes);
    else this.to.refused();
    this.held = undefined;
    this.captured = false;
    return true;
  }

  private send(to: Socket, message: Buffer[]): Outcome {
    try {
      // It is kept until it is gone, so it may go in pieces.
      return to.xsend(message, true) ? 'sent' : 'waits';
    } catch (error) {
      to.xabandon();
      if (!(error instanceof ZmqError)) throw error;
      // Its sender's fault, or its receiver's: no reason to stop everyone else's.
      this.refused(error);
      return 'refused';
    }
  }
}
