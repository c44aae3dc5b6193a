import { ZmqError } from '../runtime/base/errors.js';
import type { Direction } from './direction.js';

/**
 * The order that REQ and REP keep: a send after each receive, a receive after each send. Awaiting
 * calls are judged by where those before them will leave it, so `send(); receive()` is legal without
 * an await between, and `send(); send()` fails at once.
 */
export class Alternation {
  private planned: Direction;

  /** @param next the direction of the first call */
  constructor(private next: Direction) {
    this.planned = next;
  }

  /** Is it the direction's turn now? */
  allows(direction: Direction): boolean {
    return this.next === direction;
  }

  /** @throws ZmqError EFSM if it is not the direction's turn now */
  check(direction: Direction): void {
    if (this.next !== direction) throw new ZmqError('EFSM');
  }

  /** @throws ZmqError EFSM if it will not be the direction's turn */
  plan(direction: Direction): void {
    if (this.planned !== direction) throw new ZmqError('EFSM');
    this.planned = other(direction);
  }

  /** A call in this direction has been carried out; `waiting` more are planned. */
  done(direction: Direction, waiting: number): void {
    this.next = other(direction);
    if (waiting === 0) this.planned = this.next;
  }

  /** Plans again from where things stand, with `waiting` calls still to come. */
  replan(waiting: number): void {
    this.planned = waiting % 2 === 0 ? this.next : other(this.next);
  }
}

function other(direction: Direction): Direction {
  return direction === 'send' ? 'receive' : 'send';
}
