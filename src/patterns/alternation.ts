import { ZmqError } from '../runtime/base/errors.js';
import type { Direction } from './direction.js';

/** The order that REQ and REP keep: a send after each receive, a receive after each send. */
export class Alternation {
  /** @param next the direction of the first call */
  constructor(private next: Direction) {}

  /** Is it the direction's turn now? */
  allows(direction: Direction): boolean {
    return this.next === direction;
  }

  /** @throws ZmqError EFSM if it is not the direction's turn now */
  check(direction: Direction): void {
    if (this.next !== direction) throw new ZmqError('EFSM');
  }

  /**
   * Judges an awaiting call by where those before it will leave the order, so `send(); receive()` is legal
   * without an await between, and `send(); send()` fails at once.
   * @param waiting calls of both directions that wait, each legal after the one before it
   * @throws ZmqError EFSM if it will not be the direction's turn
   */
  plan(direction: Direction, waiting: number): void {
    const then = waiting % 2 === 0 ? this.next : other(this.next);
    if (then !== direction) throw new ZmqError('EFSM');
  }

  /** A call in this direction has been carried out. */
  done(direction: Direction): void {
    this.next = other(direction);
  }
}

function other(direction: Direction): Direction {
  return direction === 'send' ? 'receive' : 'send';
}
