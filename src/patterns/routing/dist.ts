import { SHARED_BODY_BYTES_LEAST } from '../../runtime/base/limits.js';
import { bodyLength, type Body } from '../../runtime/base/message.js';
import type { Bodies, SharedBody } from '../../runtime/memory/bodies.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * Distribution: a message to each pipe that was matched, once, however often it was matched.
 *
 *     │ matched │ others │
 */
export class Dist {
  private readonly pipes: Pipe[] = [];
  private readonly places = new Map<Pipe, number>();
  private matched = 0;
  /** Its members are the first of the pipes: it was matched before, and nothing has changed since. */
  private front: ReadonlySet<Pipe> | undefined;
  /** Messages that a pipe did not get because it was full. */
  dropped = 0;

  /** @param lost told of each, with `dropped` */
  constructor(private readonly lost: (dropped: number) => void = () => undefined) {}

  attach(pipe: Pipe): void {
    this.places.set(pipe, this.pipes.length);
    this.pipes.push(pipe);
  }

  has(pipe: Pipe): boolean {
    return this.places.has(pipe);
  }

  terminated(pipe: Pipe): void {
    this.front = undefined;
    let index = this.places.get(pipe);
    if (index === undefined) return;
    if (index < this.matched) {
      this.swap(index, --this.matched);
      index = this.matched;
    }
    this.swap(index, this.pipes.length - 1);
    this.pipes.pop();
    this.places.delete(pipe);
  }

  /** The next message goes to this pipe, too. */
  match(pipe: Pipe): void {
    const index = this.places.get(pipe);
    if (index !== undefined && index >= this.matched) this.swap(index, this.matched++);
  }

  /** And to each of these. A set that is matched again and again is found where it was left. */
  matchEach(pipes: ReadonlySet<Pipe>): void {
    const first = this.matched === 0;
    if (first && pipes === this.front) {
      this.matched = pipes.size;
      return;
    }
    for (const pipe of pipes) this.match(pipe);
    if (first) this.front = this.matched === pipes.size ? pipes : undefined;
  }

  /** Sets of pipes that are matched have become others. */
  setsChanged(): void {
    this.front = undefined;
  }

  matchAll(): void {
    this.matched = this.pipes.length;
  }

  /** The next message goes to those who would not get it, and only to them. */
  matchOthers(): void {
    const others = this.pipes.length - this.matched;
    for (let i = 0; i < Math.min(this.matched, others); i++)
      this.swap(i, this.pipes.length - 1 - i);
    this.matched = others;
  }

  /**
   * Have all pipes that the next message goes to room for it? If not, it goes to none of them, and one of them
   * tells when it has.
   * @throws ZmqError EMSGSIZE if it is larger than any pipe can hold
   */
  private checkRoom(bodies: readonly Body[]): boolean {
    const { matched } = this;
    // Nobody is matched any more, should one of them find the message too long.
    this.matched = 0;
    for (let i = 0; i < matched; i++) {
      const pipe = this.pipes[i]!;
      // One that has left would never have any again.
      if (!pipe.peerEnded && !pipe.checkRoom(bodies)) return false;
    }
    this.matched = matched;
    return true;
  }

  /** How many pipes the next message goes to. */
  get matches(): number {
    return this.matched;
  }

  /**
   * Writes the message to the matched pipes, and matches none any more. A full one loses it, and nobody
   * else waits for that; to those who drop, a full arena is the same.
   * @throws ZmqError EMSGSIZE if it is larger than any pipe can hold
   */
  send(bodies: readonly Body[]): void {
    const { matched } = this;
    this.matched = 0;
    if (matched > 1 && bodies.some(isShared)) this.sendShared(matched, bodies);
    else this.write(matched, bodies);
  }

  /**
   * The same, but if not all of them have room it goes to none, and one of them tells when it has: false then. To a single one a full
   * arena is the same.
   * @throws ZmqError EMSGSIZE as `send`
   */
  sendToAllOrNone(bodies: readonly Body[]): boolean {
    const only = this.matched === 1 ? this.pipes[0]! : undefined;
    if (only === undefined || only.peerEnded) {
      if (!this.checkRoom(bodies)) return false;
      this.send(bodies);
      return true;
    }
    this.matched = 0;
    // Not asked for room before each: only one that finds none may be too long.
    return only.write(bodies) || (only.checkRoom(bodies) && only.write(bodies));
  }

  private write(matched: number, bodies: readonly Body[]): void {
    for (let i = 0; i < matched; i++) {
      if (!this.pipes[i]!.write(bodies)) this.lost(++this.dropped);
    }
  }

  /** Copies the large bodies once for all, where there is memory for them. */
  private sendShared(matched: number, bodies: readonly Body[]): void {
    const owner: Bodies = this.pipes[0]!.bodies;
    const shared: SharedBody[] = [];
    const message = bodies.map((body) => {
      const one = isShared(body) ? owner.share(body, bodyLength(body)) : undefined;
      if (one === undefined) return body;
      shared.push(one);
      return owner.view(one);
    });
    try {
      this.write(matched, message);
    } finally {
      for (const one of shared) owner.done(one);
    }
  }

  private swap(a: number, b: number): void {
    if (a === b) return;
    if (Math.min(a, b) < (this.front?.size ?? 0)) this.front = undefined;
    const [first, second] = [this.pipes[a]!, this.pipes[b]!];
    this.pipes[a] = second;
    this.pipes[b] = first;
    this.places.set(second, a).set(first, b);
  }
}

function isShared(body: Body): boolean {
  return bodyLength(body) >= SHARED_BODY_BYTES_LEAST;
}
