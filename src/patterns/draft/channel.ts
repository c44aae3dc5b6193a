import type { Body } from '../../runtime/base/message.js';
import { type ReceivedPart, type SentPart, takeCodec, type SocketArguments } from '../coded.js';
import type { Codec } from '../codecs.js';
import { ExclusiveSocket } from '../exclusive-socket.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { Sieve } from '../routing/sieve.js';
import { installWritable, type Writable } from '../writable.js';
import { checkParts } from './one-part.js';

type ChannelOptions = SocketOptions<CommonOptions & ReadableOptions & WritableOptions>;

export interface Channel<S = unknown, R = S>
  extends Readable<ReceivedPart<R>, [Buffer]>, Writable<SentPart<S>> {}

/**
 * Exchanges messages of one part with one other CHANNEL, and refuses any further one while it is there. RFC 52.
 *
 * @example
 * ```ts
 * import { Channel } from 'loomwire/draft';
 *
 * const one = new Channel();
 * await one.bind('inproc://channel');
 * const other = new Channel();
 * other.connect('inproc://channel');
 * await one.send('one part');
 * console.log(String((await other.receive())[0])); // one part
 * one.close();
 * other.close();
 * ```
 */
export class Channel<S = unknown, R = S> extends ExclusiveSocket {
  protected override readonly socketType = 'CHANNEL';
  readonly #sieve = new Sieve(this, this.core.thread);

  public constructor(...args: SocketArguments<S, ChannelOptions, Codec<S, R>>) {
    const [options, codec] = takeCodec<ChannelOptions>(args, 'encode', 'decode');
    super(options, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    checkParts(bodies, 1);
    return super.xsend(bodies, waits);
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#sieve.receive(views);
  }

  /** The sieve may hold a message that comes before those in the pipe. */
  override xrecvInto(): number {
    return -1;
  }

  override xhasIn(): boolean {
    return this.#sieve.hasIn();
  }

  xnext(views?: boolean): Buffer[] | undefined {
    return super.xrecv(views);
  }

  xwants(message: readonly Buffer[]): boolean {
    return message.length === 1;
  }
}

installReadable(Channel.prototype);
installWritable(Channel.prototype);
