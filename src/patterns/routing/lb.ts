import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { ActivePipes } from './active-pipes.js';

/** Load balancing: each message to the next pipe with room, in turn. */
export class Lb {
  private readonly pipes = new ActivePipes();
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
    if (this.last === pipe) this.last = undefined;
  }

  /** Has a pipe room for a message, by count? */
  hasOut(): boolean {
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.checkWrite()) return true;
      this.pipes.deactivate(pipe);
    }
    return false;
  }

  /** Writes a message to the next pipe with room. False if there is none. */
  send(bodies: readonly Body[]): boolean {
    for (let pipe = this.pipes.current; pipe !== undefined; pipe = this.pipes.current) {
      if (pipe.write(bodies)) {
        this.last = pipe;
        this.pipes.advance();
        return true;
      }
      this.pipes.deactivate(pipe);
    }
    return false;
  }
}
