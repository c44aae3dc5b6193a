import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * Fair queueing: one whole message from each pipe that has some, in turn. Pipes with messages form a
 * prefix of the array, so a turn costs nothing for those without.
 */
export class Fq {
  private readonly pipes: Pipe[] = [];
  private active = 0;
  private current = 0;
  /** The pipe that the last message came from. */
  last: Pipe | undefined;

  attach(pipe: Pipe): void {
    this.pipes.push(pipe);
    this.activate(pipe);
  }

  /** The pipe has messages again. */
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

  /** The next message, or undefined if no pipe has one. */
  receive(): Buffer[] | undefined {
    while (this.active > 0) {
      const pipe = this.pipes[this.current]!;
      if (pipe.checkRead()) {
        this.last = pipe;
        const message = pipe.read();
        if (++this.current >= this.active) this.current = 0;
        return message;
      }
      // It may just have ended and be gone from the array.
      if (this.pipes[this.current] === pipe) this.deactivateCurrent();
    }
    return undefined;
  }

  /** Is there a message? */
  hasIn(): boolean {
    while (this.active > 0) {
      const pipe = this.pipes[this.current]!;
      if (pipe.checkRead()) return true;
      if (this.pipes[this.current] === pipe) this.deactivateCurrent();
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
