import { Incoming } from './incoming.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import { PublishingSocket } from './publishing-socket.js';
import { installReadable, type Readable } from './readable.js';
import { installWritable, type Writable } from './writable.js';

export interface XPublisher extends Readable, Writable {}

/**
 * A PUB that also receives: each topic's first subscription as the message `1, topic`, the end of its
 * last one as `0, topic`, and whatever an XSUB sends besides. RFC 29.
 */
export class XPublisher extends PublishingSocket {
  protected override readonly socketType = 'XPUB';
  protected override readonly incoming: Incoming;
  /** What `receive` has yet to give. */
  readonly #messages: Buffer[][] = [];

  constructor(options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions>) {
    super(options);
    this.incoming = new Incoming(this, this.core.thread);
  }

  override xrecv(): Buffer[] | undefined {
    return this.#messages.shift();
  }

  override xhasIn(): boolean {
    return this.#messages.length > 0;
  }

  protected override topicChanged(kind: number, topic: Buffer): void {
    this.#messages.push([Buffer.concat([Buffer.of(kind), topic])]);
  }

  protected override userMessage(message: Buffer[]): void {
    this.#messages.push(message);
  }
}

installReadable(XPublisher.prototype);
installWritable(XPublisher.prototype);
