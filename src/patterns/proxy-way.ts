import { ZmqError } from '../runtime/base/errors.js';
import type { Socket } from './socket.js';

/** Messages moved in a row before the other way, and the rest of the thread, has its turn; libzmq's number. */
const BURST = 1000;

/** How a turn of a way ended. */
export type Progress =
  /** Nothing to move, or no room for it: the sockets tell when that changes. */
  | 'rests'
  /** The burst is over, and there may be more. */
  | 'more';

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
  private held: Buffer[] | undefined;
  /** The held message has gone to the capture socket. */
  private captured = false;

  /** @param refused called with the reason when an end refuses a message for good */
  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly capture: Capture | undefined,
    private readonly refused: (reason: ZmqError) => void,
  ) {}

  /** Moves what can be moved, up to a burst. */
  move(): Progress {
    for (let moved = 0; moved < BURST; moved++) {
      if (this.held === undefined && !this.take()) return 'rests';
      if (!this.deliver()) return 'rests';
    }
    return 'more';
  }

  private take(): boolean {
    // A REP that is both ends can send only after it has received, so there the message comes first.
    if (this.to !== this.from && !this.to.xhasOut()) return false;
    if (this.capture !== undefined && !this.capture.socket.xhasOut()) return false;
    this.held = this.from.xrecv();
    return this.held !== undefined;
  }

  private deliver(): boolean {
    const message = this.held!;
    if (this.capture !== undefined && !this.captured) {
      if (!this.capture.use(this, (socket) => this.send(socket, message))) return false;
      this.captured = true;
    }
    if (!this.send(this.to, message)) return false;
    this.held = undefined;
    this.captured = false;
    return true;
  }

  /** True once the message needs no more attention. */
  private send(to: Socket, message: Buffer[]): boolean {
    try {
      // It is kept until it is gone, so it may go in pieces.
      return to.xsend(message, true);
    } catch (error) {
      to.xabandon();
      if (!(error instanceof ZmqError)) throw error;
      // Its sender's fault, or its receiver's: no reason to stop everyone else's.
      this.refused(error);
      return true;
    }
  }
}
