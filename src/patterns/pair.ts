import { type Received, type Sent, takeCodec, type SocketArguments } from './coded.js';
import type { Codec } from './codecs.js';
import { ExclusiveSocket } from './exclusive-socket.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import { installReadable, type Readable } from './readable.js';
import { installWritable, type Writable } from './writable.js';

export type PairOptions = SocketOptions<CommonOptions & ReadableOptions & WritableOptions>;

export interface Pair<S = unknown, R = S>
  extends Readable<Received<R>, Buffer[]>, Writable<Sent<S>> {}

/**
 * Exchanges messages with one other PAIR, and refuses any further one while it is there. RFC 31.
 *
 * @example
 * ```ts
 * import { Pair } from 'loomwire';
 *
 * const one = new Pair();
 * await one.bind('inproc://pair');
 * const other = new Pair();
 * other.connect('inproc://pair');
 * await one.send('there');
 * console.log(String(await other.receive())); // there
 * await other.send('and back');
 * console.log(String(await one.receive())); // and back
 * one.close();
 * other.close();
 * ```
 */
export class Pair<S = unknown, R = S> extends ExclusiveSocket {
  protected override readonly socketType = 'PAIR';

  public constructor(...args: SocketArguments<S, PairOptions, Codec<S, R>>) {
    const [options, codec] = takeCodec<PairOptions>(args, 'encode', 'decode');
    super(options, codec);
  }
}

installReadable(Pair.prototype);
installWritable(Pair.prototype);
