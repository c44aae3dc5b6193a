import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * A socket's pipes in one direction, those that are ready for it first: a turn among a few ready pipes
 * costs nothing for the thousands that are not.
 *
 *     │ ready, one of them is current │ not ready │
 */
export class ActivePipes {
  private readonly pipes: Pipe[] = [];
  /** Where each pipe is: a search would cost every wake-up a look at thousands. */
  private readonly places = new Map<Pipe, number>();
  private active = 0;
  private turn = 0;

  /** A new pipe counts as ready until it shows that it is not. */
  attach(pipe: Pipe): void {
    this.places.set(pipe, this.pipes.length);
    this.pipes.push(pipe);
    this.activate(pipe);
  }

  /** The pipe is ready again. */
  activate(pipe: Pipe): void {
    const index = this.places.get(pipe);
    if (index !== undefined && index >= this.active) this.swap(index, this.active++);
  }

  terminated(pipe: Pipe): void {
    let index = this.places.get(pipe);
    if (index === undefined) return;
    if (index < this.active) index = this.rest(index);
    this.swap(index, this.pipes.length - 1);
    this.pipes.pop();
    this.places.delete(pipe);
  }

  /** Whose turn it is; undefined if no pipe is ready. */
  get current(): Pipe | undefined {
    return this.active > 0 ? this.pipes[this.turn] : undefined;
  }

  /** The current pipe has had its turn. */
  advance(): void {
    if (++this.turn >= this.active) this.turn = 0;
  }

  /** The pipe, if it is still the current one, is not ready. It may have ended and be gone already. */
  deactivate(pipe: Pipe): void {
    if (this.pipes[this.turn] === pipe && this.active > 0) this.rest(this.turn);
  }

  /** Moves a ready pipe behind the others; answers where it is now. */
  private rest(index: number): number {
    this.active--;
    this.swap(index, this.active);
    if (this.turn >= this.active) this.turn = 0;
    return this.active;
  }

  private swap(a: number, b: number): void {
    if (a === b) return;
    const [first, second] = [this.pipes[a]!, this.pipes[b]!];
    this.pipes[a] = second;
    this.pipes[b] = first;
    this.places.set(second, a).set(first, b);
  }
}
