import type { Body } from '../../runtime/base/message.js';
import { Outflow } from '../../runtime/pipe/outflow.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';

/** What became of a message in pieces. */
export type Advance =
  /** Its last piece is written. */
  | 'sent'
  /** It waits for room. */
  | 'waits'
  /** Its peer has left, and has never had it whole: it can go to another. */
  | 'lost';

/**
 * The message that a socket sends in pieces, for patterns that wait for room: one at a time, through one pipe
 * from beginning to end.
 */
export class InPieces {
  private outflow: Outflow | undefined;

  /** Does a message wait for its next pieces to be sent? */
  get underWay(): boolean {
    return this.outflow !== undefined;
  }

  /** Sends a message through a pipe, in pieces only if it goes no other way. @param waits see `Socket.xsend` */
  send(pipe: Pipe, bodies: readonly Body[], waits: boolean): boolean {
    if (this.underWay) {
      const advance = this.goOn();
      if (advance !== 'lost') return advance === 'sent';
    }
    if (pipe.write(bodies, waits)) return true;
    return waits && pipe.takesPieces(bodies) && this.begin(pipe, bodies) === 'sent';
  }

  /** Begins a message that `pipe.takesPieces`. @param bodies each stays as it is until it has ended; their list may be used again */
  begin(pipe: Pipe, bodies: readonly Body[]): Advance {
    this.outflow = new Outflow(pipe, [...bodies]);
    return this.goOn();
  }

  goOn(): Advance {
    const outflow = this.outflow!;
    if (outflow.pipe.peerEnded) {
      this.outflow = undefined;
      return 'lost';
    }
    if (!outflow.write()) return 'waits';
    this.outflow = undefined;
    return 'sent';
  }

  /** The sender has given up. */
  abandon(): void {
    this.outflow?.abandon();
    this.outflow = undefined;
  }

  terminated(pipe: Pipe): void {
    if (this.outflow?.pipe === pipe) this.outflow = undefined;
  }
}
