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

export interface Publisher extends Writable, PublisherOptions, ConflateOptions {}

/**
 * Sends each message to every SUB and XSUB peer that has subscribed to a prefix of its first part.
 * `send` never waits, but with `noDrop`: who is not there, has not subscribed, or has no room, does not get
 * it. RFC 29.
 */
export class Publisher extends PublishingSocket {
  protected override readonly socketType = 'PUB';

  public constructor(
    options?: SocketOptions<CommonOptions & WritableOptions & PublisherOptions & ConflateOptions>,
  ) {
    super(options);
  }

  protected override topicChanged(): void {
    // Whoever publishes does not hear who listens.
  }

  protected override userMessage(): void {
    // A PUB receives nothing: libzmq drops such messages, too.
  }
}

installWritable(Publisher.prototype);
installOptions(Publisher.prototype, ['noDrop', 'invertMatching', 'conflate']);
