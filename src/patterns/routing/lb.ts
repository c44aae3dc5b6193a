import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { ActivePipes } from './active-pipes.js';
import { InPieces } from './in-pieces.js';

/** Load balancing: each message to the next pipe with room, in turn. */
export class Lb {
  private readonly pipes = new ActivePipes();
  private readonly pieces = new InPieces();
  /** The pipe that the last message went to. */
  last: Pipe | undefined;

  attach(pipe: Pipe): void {
    this.pipes.attach(pipe);
  }

  activate(pipe: Pipe): void {
    this.pipes.activate(pipe);
  }

  terminated(pipe: Pipe): void {
    this.pipes.terminated(pipe);
    this.pieces.terminated(pipe);
    if (this.last === pipe) this.last = undefined;
  }

  /** Does a message wait for its next pieces to be sent? */
  get underWay(): boolean {
    return this.pieces.underWay;
  }

  /** Has a pipe room for a message, by count? */
  hasOut(): boolean {
    if (this.underWay) return false;
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.checkWrite()) return true;
      this.pipes.deactivate(pipe);
    }
    return false;
  }

  /**
   * Writes a message to the next pipe with room. False if there is none.
   * @param waits see `Socket.xsend`
   */
  send(bodies: readonly Body[], waits: boolean): boolean {
    if (this.underWay) return this.goOn(bodies, waits);
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.write(bodies, waits)) {
        this.last = pipe;
        this.pipes.advance();
        return true;
      }
      if (waits && pipe.takesPieces(bodies)) return this.begin(pipe, bodies);
      this.pipes.deactivate(pipe);
    }
    return false;
  }

  /** The message that goes in pieces goes on, or begins again elsewhere. */
  private goOn(bodies: readonly Body[], waits: boolean): boolean {
    const advance = this.pieces.goOn();
    return advance === 'lost' ? this.send(bodies, waits) : advance === 'sent';
  }

  private begin(pipe: Pipe, bodies: readonly Body[]): boolean {
    this.last = pipe;
    this.pipes.advance();
    return this.pieces.begin(pipe, bodies) === 'sent';
  }

  /** The sender has given up the message that goes in pieces, if there is one. */
  abandon(): void {
    this.pieces.abandon();
  }
}
