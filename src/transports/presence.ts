import { ZmqError } from '../runtime/base/errors.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { connectedBody, disconnectedBody } from '../runtime/ring/signal-frame.js';

/**
 * Tells a ROUTER with `routerNotify` of the connections that serve the pipe of one of its connects, one after the other.
 * What it reads is true to what was: a connection is told of before its first message, its loss behind its last,
 * and there is no other connection before the loss could be told.
 */
export class Presence {
  private connected = false;
  private lossUntold = false;

  constructor(private readonly pipe: Pipe) {}

  /** A connection stands. @throws ZmqError ENOMEM if there is no room to tell: nor would there be for a message */
  came(): void {
    if (this.pipe.peerEnded) return;
    if (!this.pipe.writeSignal(connectedBody())) {
      throw new ZmqError('ENOMEM', { message: 'There is no room to tell of the connection' });
    }
    this.connected = true;
  }

  /** It is lost, if one stood. */
  went(): void {
    if (this.connected) this.lossUntold = true;
    this.connected = false;
    this.tell();
  }

  /** Tells of a loss that there was no room to tell of. False if there is none yet. */
  tell(): boolean {
    // Nobody is left to be told, and what was sent still wants a connection.
    if (this.pipe.peerEnded) this.lossUntold = false;
    if (this.lossUntold && this.pipe.writeSignal(disconnectedBody())) this.lossUntold = false;
    return !this.lossUntold;
  }
}
