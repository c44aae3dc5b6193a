import { type Published, takeCodec, type SocketArguments, topical } from './coded.js';
import type { Encoder } from './codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type PublisherOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import { PublishingSocket } from './publishing-socket.js';
import { installWritable, type Writable } from './writable.js';

type Options = SocketOptions<CommonOptions & WritableOptions & PublisherOptions & ConflateOptions>;

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export interface Publisher<S = unknown, R = S>
  extends Writable<Published<S>>, PublisherOptions, ConflateOptions {}

/**
 * Sends each message to every SUB and XSUB peer that has subscribed to a prefix of its first part.
 * `send` never waits, but with `noDrop`: who is not there, has not subscribed, or has no room, does not get
 * it. RFC 29.
 *
 * @example
 * ```ts
 * import { json, Publisher, Subscriber } from 'loomwire';
 *
 * const publisher = new Publisher<{ degrees: number }>({ codec: json() });
 * await publisher.bind('inproc://weather');
 * const subscriber = new Subscriber<{ degrees: number }>({ codec: json() });
 * subscriber.subscribe('weather.');
 * subscriber.connect('inproc://weather');
 * await publisher.send(['news.paris', { degrees: 0 }]);
 * await publisher.send(['weather.paris', { degrees: 23 }]);
 * const [topic, { degrees }] = await subscriber.receive();
 * console.log(String(topic), degrees); // weather.paris 23
 * publisher.close();
 * subscriber.close();
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export class Publisher<S = unknown, R = S> extends PublishingSocket {
  protected override readonly socketType = 'PUB';

  public constructor(...args: SocketArguments<S, Options, Encoder<S>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode');
    super(options, codec && topical(codec));
  }

  protected override topicChanged(): boolean {
    // Whoever publishes does not hear who listens.
    return false;
  }

  protected override userMessage(): void {
    // A PUB receives nothing: libzmq drops such messages, too.
  }
}

installWritable(Publisher.prototype);
installOptions(Publisher.prototype, ['noDrop', 'invertMatching', 'onlyFirstSubscribe', 'conflate']);
