import { type ReceivedWith, takeCodec, type SocketArguments } from '../coded.js';
import type { Codec } from '../codecs.js';
import {
  installOptions,
  type CommonOptions,
  type DisconnectOptions,
  type HelloOptions,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { installAddressed, type Addressed } from './addressed.js';
import { NumberingSocket } from './numbering-socket.js';
import { routingIdPart, type ServerRoutingOptions } from './routing-id.js';

type ServerOptions = HelloOptions & DisconnectOptions;

type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & ServerOptions>;

export interface Server<S = unknown, R = S>
  extends
    Readable<ReceivedWith<R, ServerRoutingOptions>, [Buffer, ServerRoutingOptions]>,
    Addressed<ServerRoutingOptions, S>,
    ServerOptions {}

/**
 * Receives from its CLIENT peers in turn, and sends to the one whose routing id a message has: EHOSTUNREACH if
 * nobody has it, and a wait while that peer has no room. RFC 41.
 *
 * @example
 * ```ts
 * import { Client, Server } from 'loomwire/draft';
 *
 * const server = new Server();
 * await server.bind('inproc://service');
 * const client = new Client();
 * client.connect('inproc://service');
 * await client.send('one question');
 * const [, from] = await server.receive();
 * await server.send('two answers,', from);
 * await server.send('in any order', from);
 * console.log(String((await client.receive())[0])); // two answers,
 * client.close();
 * server.close();
 * ```
 */
export class Server<S = unknown, R = S> extends NumberingSocket {
  protected override readonly socketType = 'SERVER';

  public constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options, codec);
  }
}

installReadable(Server.prototype);
installAddressed(Server.prototype, routingIdPart);
installOptions(Server.prototype, ['helloMessage', 'disconnectMessage']);
