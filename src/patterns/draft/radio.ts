import { Buffer } from 'node:buffer';
import { DATAGRAM_BYTES_MOST } from '../../runtime/base/datagram.js';
import { ZmqError } from '../../runtime/base/errors.js';
import { bodyLength, type Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import type { Signal } from '../../runtime/ring/signal-frame.js';
import { takeCodec, topical, type SocketArguments } from '../coded.js';
import type { Encoder } from '../codecs.js';
import { DistributingSocket } from '../distributing-socket.js';
import {
  installOptions,
  type CommonOptions,
  type MulticastOptions,
  type NoDropOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import { enclosing, installAddressed, type Addressed, type Enclose } from './addressed.js';
import { checkGroup, GROUP_BYTES_MOST, type RadioGroupOptions } from './group.js';
import { ADDRESSED_PARTS, checkParts } from './one-part.js';

type Options = SocketOptions<CommonOptions & WritableOptions & NoDropOptions & MulticastOptions>;

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export interface Radio<S = unknown, R = S>
  extends Addressed<RadioGroupOptions, S>, NoDropOptions, MulticastOptions {}

/**
 * Sends each message to every DISH peer that has joined its group. `send` never waits, but with `noDrop`: who
 * is not there, has not joined, or has no room, does not get it. In a pipe, and on the wire, the group is a
 * first part. RFC 48. Over udp, by which it only connects, everything goes to whoever is there.
 *
 * @example
 * ```ts
 * import { Dish, Radio } from 'loomwire/draft';
 *
 * const radio = new Radio();
 * await radio.bind('inproc://radio');
 * const dish = new Dish();
 * dish.join('weather');
 * dish.connect('inproc://radio');
 * await radio.send('not for it', { group: 'news' });
 * await radio.send('23 degrees', { group: 'weather' });
 * const [message, { group }] = await dish.receive();
 * console.log(String(message), String(group)); // 23 degrees weather
 * radio.close();
 * dish.close();
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export class Radio<S = unknown, R = S> extends DistributingSocket {
  protected override readonly socketType = 'RADIO';
  protected readonly enclose: Enclose;

  /** Pipes of endpoints where nobody can say what he has joined. */
  readonly #unasked = new Set<Pipe>();

  public constructor(...args: SocketArguments<S, Options, Encoder<S>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode');
    super(options, codec && topical(codec));
    this.enclose = enclosing(codec);
  }

  override xsend(bodies: readonly Body[]): boolean {
    checkParts(bodies, ADDRESSED_PARTS);
    if (this.#unasked.size > 0) checkDatagram(bodies);
    return super.xsend(bodies);
  }

  protected override match(group: Body): void {
    this.subscribers.matchExactly(typeof group === 'string' ? Buffer.from(group) : group);
    for (const pipe of this.#unasked) this.dist.match(pipe);
  }

  protected override told(signal: Signal, pipe: Pipe): void {
    if (signal.kind === 'join') this.#joined(signal.topic, pipe);
    else if (signal.kind === 'leave') this.subscribers.remove(signal.topic, pipe);
  }

  protected override sent(): void {
    // A RADIO receives nothing: libzmq drops such messages, too.
  }

  protected override xattach(pipe: Pipe, unasked = false): void {
    if (unasked) this.#unasked.add(pipe);
    super.xattach(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    this.#unasked.delete(pipe);
    this.subscribers.terminated(pipe);
  }

  #joined(group: Buffer, pipe: Pipe): void {
    // No message can ever be for a longer one.
    if (group.length <= GROUP_BYTES_MOST) this.subscribers.add(group, pipe);
  }
}

/** @throws ZmqError EMSGSIZE if the message, with its group and the length of that, is none */
function checkDatagram([group, body]: readonly Body[]): void {
  const length = 1 + bodyLength(group!) + bodyLength(body!);
  if (length <= DATAGRAM_BYTES_MOST) return;
  throw new ZmqError('EMSGSIZE', { message: `A message of ${length} bytes is no UDP datagram` });
}

installAddressed(Radio.prototype, ({ group }: RadioGroupOptions) => checkGroup(group));
installOptions(
  Radio.prototype,
  ['noDrop', 'multicastHops', 'multicastLoop', 'sendBufferSize'],
  true,
);
