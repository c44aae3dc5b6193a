import { ZmqError } from '../runtime/base/errors.js';
import type { Alternation } from './alternation.js';
import { incomingOf, outgoingOf, type AnyCodec } from './coded.js';
import type { Direction } from './direction.js';
import type { Incoming } from './incoming.js';
import type { ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import type { Outgoing } from './outgoing.js';
import { Socket } from './socket.js';

/** The properties that `installReadable` and `installWritable` give the classes below. */
export interface OrderedSocket extends ReadableOptions, WritableOptions {}

/** REQ and REP: both directions, in alternation. */
export abstract class OrderedSocket extends Socket {
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  protected abstract readonly order: Alternation;

  /** @param options the two types have different ones */
  protected constructor(options?: SocketOptions<object>, codec?: AnyCodec) {
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xcheckOrder(direction: Direction): void {
    this.order.check(direction);
  }

  override xplan(direction: Direction): void {
    this.order.plan(direction, this.outgoing.waiting + this.incoming.waiting);
  }

  /** Calls behind a failed one were legal only after it: they fail too. */
  override xabandoned(order: number): void {
    const reason = (): ZmqError => new ZmqError('EFSM');
    this.outgoing.reject(reason, order);
    this.incoming.reject(reason, order);
  }

  /** A call has been carried out. */
  protected carriedOut(direction: Direction): void {
    this.order.done(direction);
    // It is the other direction's turn, and what that one waited for may have been there all the time.
    this.notice();
  }
}
