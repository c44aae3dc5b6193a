import { ZmqError } from '../../runtime/base/errors.js';
import { type ReceivedWith, takeCodec, type SocketArguments } from '../coded.js';
import type { Codec } from '../codecs.js';
import {
  installOptions,
  type CommonOptions,
  type DisconnectOptions,
  type HelloOptions,
  type HiccupOptions,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { installAddressed, type Addressed } from './addressed.js';
import { NumberingSocket } from './numbering-socket.js';
import { routingIdOf, routingIdPart, type ServerRoutingOptions } from './routing-id.js';

type PeerOptions = HelloOptions & DisconnectOptions & HiccupOptions;

type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & PeerOptions>;

export interface Peer<S = unknown, R = S>
  extends
    Readable<ReceivedWith<R, ServerRoutingOptions>, [Buffer, ServerRoutingOptions]>,
    Addressed<ServerRoutingOptions, S>,
    PeerOptions {}

/**
 * Exchanges messages with any number of other PEERs, each known by a routing id of this socket's own: who is
 * connected to can be sent to at once, who connects when it has been heard. RFC 51.
 *
 * @example
 * ```ts
 * import { Peer } from 'loomwire/draft';
 *
 * const one = new Peer();
 * await one.bind('inproc://peers');
 * const other = new Peer();
 * const routingId = other.connectPeer('inproc://peers');
 * await other.send('hello', { routingId });
 * const [message, from] = await one.receive();
 * await one.send(`${String(message)} back`, from);
 * console.log(String((await other.receive())[0])); // hello back
 * one.close();
 * other.close();
 * ```
 */
export class Peer<S = unknown, R = S> extends NumberingSocket {
  protected override readonly socketType = 'PEER';

  public constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options, codec);
  }

  /**
   * `connect`, which answers the routing id of the peer at the other end (zmq_connect_peer). It stays the same
   * across reconnections.
   * @throws ZmqError as `connect`; EFAULT with `immediate`, as there is nobody yet
   */
  connectPeer(address: string): number {
    this.checkOpen();
    if (this.optionValues.immediate) {
      throw new ZmqError('EFAULT', {
        address,
        message: 'With `immediate` there is no peer before its connection stands',
      });
    }
    this.connect(address);
    return routingIdOf(this.connectedTo!).routingId;
  }
}

installReadable(Peer.prototype);
installAddressed(Peer.prototype, routingIdPart);
installOptions(Peer.prototype, ['helloMessage', 'disconnectMessage', 'hiccupMessage']);
