import { Buffer } from 'node:buffer';
import { DATAGRAM_BYTES_MOST, parsePeer } from '../../runtime/base/datagram.js';
import { ZmqError } from '../../runtime/base/errors.js';
import { bodyLength, type Body, type MessageLike } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { takeCodec, topical, type SocketArguments } from '../coded.js';
import type { Codec, EncodedPart } from '../codecs.js';
import { ExclusiveSocket } from '../exclusive-socket.js';
import {
  installOptions,
  type CommonOptions,
  type MulticastOptions,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { installWritable, type Writable } from '../writable.js';

/** A datagram: the peer's address, `192.0.2.7:5555` or `[2001:db8::7]:5555`, and what is in it. */
export type DatagramMessage<Part> = [address: Part, body: Part];

type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & MulticastOptions>;

/** What is sent: an address, and a body or what the codec encodes. */
export type SentDatagram<S> = unknown extends S
  ? Readonly<DatagramMessage<MessageLike>>
  : readonly [address: EncodedPart, value: NoInfer<S>];

/** What is received: an address, and a body or what the codec decodes. */
export type ReceivedDatagram<R> = unknown extends R
  ? DatagramMessage<Buffer>
  : [address: Buffer, value: NoInfer<R>];

export interface Datagram<S = unknown, R = S>
  extends
    Readable<ReceivedDatagram<R>, DatagramMessage<Buffer>>,
    Writable<SentDatagram<S>>,
    MulticastOptions {}

/** An endpoint that is bound by a socket which datagrams of IPv6 can go through. */
const BOUND_TO_IPV6 = 'udp://[';

/**
 * Exchanges datagrams with anybody: each message is the address of a peer, and a body. It binds to one `udp://`
 * endpoint, from which it sends, too. What finds no room at its receiver is lost, as it may be on its way.
 *
 * @example
 * ```ts
 * import { Datagram } from 'loomwire/draft';
 *
 * const [one, other] = [new Datagram(), new Datagram()];
 * await one.bind('udp://127.0.0.1:*');
 * await other.bind('udp://127.0.0.1:*');
 * await one.send([String(other.lastEndpoint).slice('udp://'.length), 'Hello']);
 * const [from, body] = await other.receive();
 * await other.send([from, `${String(body)}, World`]);
 * const [, answer] = await one.receive();
 * console.log(String(answer)); // Hello, World
 * one.close();
 * other.close();
 * ```
 */
export class Datagram<S = unknown, R = S> extends ExclusiveSocket {
  protected override readonly socketType = 'DGRAM';
  #binding = false;
  #takesIPv6 = false;

  public constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options, codec && topical(codec, 'a datagram is [address, value]'));
  }

  /** @throws ZmqError EINVAL also if it is bound already, or being bound; otherwise as any socket's */
  override async bind(address: string): Promise<void> {
    this.#checkFree();
    this.#binding = true;
    try {
      await super.bind(address);
    } finally {
      this.#binding = false;
    }
  }

  override bindSync(address: string): void {
    this.#checkFree();
    super.bindSync(address);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    this.#check(bodies);
    return super.xsend(bodies, waits);
  }

  protected override xattach(pipe: Pipe): void {
    this.#takesIPv6 = this.lastEndpoint?.startsWith(BOUND_TO_IPV6) === true;
    super.xattach(pipe);
  }

  #checkFree(): void {
    this.checkOpen();
    const [listener] = this.listeners;
    if (listener === undefined && !this.#binding) return;
    throw new ZmqError('EINVAL', { message: 'A Datagram is bound to one endpoint' });
  }

  #check(bodies: readonly Body[]): void {
    const [address, body] = bodies;
    if (bodies.length !== 2) {
      throw new ZmqError('EINVAL', { message: 'A datagram has an address and a body' });
    }
    const text = typeof address === 'string' ? address : Buffer.from(address!).toString('latin1');
    const peer = parsePeer(text);
    if (peer === undefined || (peer.host.includes(':') && !this.#takesIPv6)) {
      throw new ZmqError('EINVAL', { message: `${text} is no address that a datagram can go to` });
    }
    const length = bodyLength(body!);
    if (length > DATAGRAM_BYTES_MOST) {
      throw new ZmqError('EMSGSIZE', { message: `${length} bytes are too many for a datagram` });
    }
  }
}

installReadable(Datagram.prototype);
installWritable(Datagram.prototype);
installOptions(
  Datagram.prototype,
  ['multicastHops', 'multicastLoop', 'sendBufferSize', 'receiveBufferSize'],
  true,
);
