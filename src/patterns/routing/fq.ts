import type { PeerMetadata } from '../../runtime/base/peer-metadata.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { ActivePipes } from './active-pipes.js';

/** Fair queueing: one whole message from each pipe that has some, in turn. */
export class Fq {
  private readonly pipes = new ActivePipes();
  /** The pipe that the last message came from. */
  last: Pipe | undefined;
  /** Of the pipe that the last message came from, if it is gone. */
  private gone: PeerMetadata | undefined;

  attach(pipe: Pipe): void {
    this.pipes.attach(pipe);
  }

  activate(pipe: Pipe): void {
    this.pipes.activate(pipe);
  }

  terminated(pipe: Pipe): void {
    this.pipes.terminated(pipe);
    if (this.last !== pipe) return;
    this.gone = pipe.metadata;
    this.last = undefined;
  }

  /** Of the last message's connection, if it was kept. */
  get metadata(): PeerMetadata | undefined {
    return this.last === undefined ? this.gone : this.last.metadata;
  }

  /** What the socket gives next came from no pipe. */
  forgetLast(): void {
    this.gone = undefined;
    this.last = undefined;
  }

  /** Is there a message? The next `receive` gives it. */
  hasIn(): boolean {
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.checkRead()) return true;
      this.pipes.deactivate(pipe);
    }
    return false;
  }

  /** The pipe that the next message comes from, once `hasIn` has said that there is one. */
  get next(): Pipe | undefined {
    return this.pipes.current;
  }

  /** Copies the next message as `Pipe.readInto` does. -1 also if there may be none: then `receive` tells. */
  receiveInto(room: Uint8Array): number {
    const pipe = this.pipes.current;
    if (pipe?.checkRead() !== true) return -1;
    const length = pipe.readInto(room);
    if (length < 0) return -1;
    this.last = pipe;
    this.pipes.advance();
    return length;
  }

  /**
   * The next message, or undefined if no pipe has one.
   * @param views may its parts be views of shared memory? See `Pipe.readViews`
   */
  receive(views = false): Buffer[] | undefined {
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.checkRead()) {
        this.last = pipe;
        const message = views ? pipe.readViews() : pipe.read();
        this.pipes.advance();
        return message;
      }
      this.pipes.deactivate(pipe);
    }
    return undefined;
  }
}
