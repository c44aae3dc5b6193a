import { ExclusiveSocket } from './exclusive-socket.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import { installReadable, type Readable } from './readable.js';
import { installWritable, type Writable } from './writable.js';

export interface Pair extends Readable, Writable {}

/** Exchanges messages with one other PAIR, and refuses any further one while it is there. RFC 31. */
export class Pair extends ExclusiveSocket {
  protected override readonly socketType = 'PAIR';

  public constructor(options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions>) {
    super(options);
  }
}

installReadable(Pair.prototype);
installWritable(Pair.prototype);
