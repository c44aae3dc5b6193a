import type { Incoming } from './incoming.js';
import { installOptions, optionNames, type ReadableOptions } from './options.js';
import type { WaitOptions } from './pending.js';

/** Sockets that receive. A message is an array of parts, each a private Buffer. */
export interface Readable extends ReadableOptions, AsyncIterable<Buffer[]> {
  /**
   * The next message. Concurrent calls get messages in the order they were made.
   * @throws ZmqError EAGAIN after `receiveTimeout`; EFSM, ETERM, EBADF
   */
  receive(options?: WaitOptions): Promise<Buffer[]>;
  /** `receive`, blocking the thread. @throws ZmqError as `receive`, and EBUSY while awaiting calls wait */
  receiveSync(): Buffer[];
  /** `receive` if there is a message; undefined if not. @throws ZmqError as `receiveSync`, but not EAGAIN */
  tryReceive(): Buffer[] | undefined;
  /** Messages until the socket is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer[]>;
}

interface Receiver {
  readonly incoming: Incoming;
}

const METHODS = {
  receive(this: Receiver, options?: WaitOptions) {
    return this.incoming.receive(options);
  },
  receiveSync(this: Receiver) {
    return this.incoming.receiveSync();
  },
  tryReceive(this: Receiver) {
    return this.incoming.tryReceive();
  },
  [Symbol.asyncIterator](this: Receiver) {
    return this.incoming.iterator();
  },
};

/** Gives a socket class the methods and options of Readable. */
export function installReadable(prototype: object): void {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(METHODS));
  installOptions(prototype, optionNames('receive'));
}
