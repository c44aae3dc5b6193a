import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * Load balancing: each message to the next pipe with room, in turn. Pipes with room form a prefix of
 * the array.
 */
export class Lb {
  private readonly pipes: Pipe[] = [];
  private active = 0;
  private current = 0;
  /** The pipe that the last message went to. */
  last: Pipe | undefined;

  attach(pipe: Pipe): void {
    this.pipes.push(pipe);
    this.activate(pipe);
  }

  /** The pipe has room again. */
  activate(pipe: Pipe): void {
    const index = this.pipes.indexOf(pipe, this.active);
    if (index < 0) return;
    this.swap(index, this.active++);
  }

  terminated(pipe: Pipe): void {
    let index = this.pipes.indexOf(pipe);
    if (index < 0) return;
    if (index < this.active) {
      this.active--;
      this.swap(index, this.active);
      index = this.active;
      if (this.current >= this.active) this.current = 0;
    }
    this.pipes.splice(index, 1);
    if (this.last === pipe) this.last = undefined;
  }

  /** Writes a message to the next pipe with room. False if there is none. */
  send(bodies: readonly Body[]): boolean {
    while (this.active > 0) {
      const pipe = this.pipes[this.current]!;
      if (pipe.write(bodies)) {
        this.last = pipe;
        if (++this.current >= this.active) this.current = 0;
        return true;
      }
      this.deactivateCurrent();
    }
    return false;
  }

  /** Is there a pipe with room, by count of messages? */
  hasOut(): boolean {
    while (this.active > 0) {
      if (this.pipes[this.current]!.checkWrite()) return true;
      this.deactivateCurrent();
    }
    return false;
  }

  private deactivateCurrent(): void {
    this.active--;
    this.swap(this.current, this.active);
    if (this.current >= this.active) this.current = 0;
  }

  private swap(a: number, b: number): void {
    const pipe = this.pipes[a]!;
    this.pipes[a] = this.pipes[b]!;
    this.pipes[b] = pipe;
  }
}
