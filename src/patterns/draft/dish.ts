import { ZmqError } from '../../runtime/base/errors.js';
import { joinBody, leaveBody } from '../../runtime/ring/signal-frame.js';
import { decodedWith, type ReceivedWith, takeCodec, type SocketArguments } from '../coded.js';
import type { Decoder } from '../codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ReadableOptions,
  type SocketOptions,
} from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { withProperties } from '../reading.js';
import { Sieve } from '../routing/sieve.js';
import { SubscribingSocket } from '../subscribing-socket.js';
import { groupsOf, type DishGroupOptions } from './group.js';
import { ADDRESSED_PARTS } from './one-part.js';

type Options = SocketOptions<CommonOptions & ReadableOptions>;

export interface Dish<S = unknown, R = S> extends Readable<
  ReceivedWith<R, DishGroupOptions>,
  [Buffer, DishGroupOptions]
> {}

const FORM = withProperties((group): DishGroupOptions => ({ group }));

/**
 * Receives what its RADIO peers send to groups that it has joined, from each of them in turn; nothing at all
 * before it has joined one. RFC 48.
 *
 * @example
 * ```ts
 * import { Dish, Radio } from 'loomwire/draft';
 *
 * const radio = new Radio();
 * await radio.bind('inproc://radio');
 * const dish = new Dish();
 * dish.join('a', 'b');
 * dish.leave('a');
 * dish.connect('inproc://radio');
 * await radio.send('to a', { group: 'a' });
 * await radio.send('to b', { group: 'b' });
 * console.log(String((await dish.receive())[0])); // to b
 * radio.close();
 * dish.close();
 * ```
 */
export class Dish<S = unknown, R = S> extends SubscribingSocket {
  protected override readonly socketType = 'DISH';
  protected override readonly words = { subscribe: joinBody, cancel: leaveBody };
  readonly #sieve = new Sieve(this, this.core.thread);

  public constructor(...args: SocketArguments<R, Options, Decoder<R>>) {
    const [options, codec] = takeCodec<Options>(args, 'decode');
    super(options, FORM, codec && decodedWith(FORM, codec));
  }

  /**
   * Joins groups, all of them or none (zmq_join): up to 255 bytes each, text as UTF-8. Takes effect at once
   * here, and at a RADIO when it hears of it.
   * @throws ZmqError EINVAL for a group that is too long, named twice, or joined already; ETERM, EBADF
   */
  join(...groups: (Buffer | string)[]): void {
    this.checkOpen();
    const joined = groupsOf(groups);
    if (joined.some((group) => this.subscriptions.has(group))) {
      throw new ZmqError('EINVAL', { message: 'The group has been joined already' });
    }
    this.addSubscriptions(joined);
  }

  /**
   * Leaves groups, all of them or none (zmq_leave).
   * @throws ZmqError EINVAL for a group that is too long, named twice, or has not been joined; ETERM, EBADF
   */
  leave(...groups: (Buffer | string)[]): void {
    this.checkOpen();
    const left = groupsOf(groups);
    if (!left.every((group) => this.subscriptions.has(group))) {
      throw new ZmqError('EINVAL', { message: 'The group has not been joined' });
    }
    this.removeSubscriptions(left);
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#sieve.receive(views);
  }

  override xhasIn(): boolean {
    return this.#sieve.hasIn();
  }

  xnext(views?: boolean): Buffer[] | undefined {
    return this.fq.receive(views);
  }

  /** A RADIO may have sent what was for a group that has been left meanwhile. */
  xwants(message: readonly Buffer[]): boolean {
    return message.length === ADDRESSED_PARTS && this.subscriptions.has(message[0]!);
  }
}

installReadable(Dish.prototype);
installOptions(Dish.prototype, ['receiveBufferSize'], true);
