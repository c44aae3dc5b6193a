import type { Lease } from '../runtime/thread/leases.js';
import type { Incoming } from './incoming.js';
import { installOptions, optionNames, type ReadableOptions } from './options.js';
import type { WaitOptions } from './pending.js';
import type { ReceiveTarget } from './reading.js';

/** What a message is when its parts are received in another form; what else it holds stays as it is. */
export type PartsAs<T, M extends readonly unknown[]> = {
  [I in keyof M]: M[I] extends Buffer ? T : M[I];
};

/**
 * Sockets that receive. A message is an array of parts, each a private Buffer; sockets whose messages have
 * one part and properties say so by `M`, and sockets with a codec what it decodes. `P` are the parts of a
 * message that is received as leases or into a buffer, which is never decoded.
 * @throws of the forms that decode: ZmqError EPROTO if the codec cannot, with the message as `error.received`
 */
export interface Readable<
  M = Buffer[],
  P extends readonly unknown[] = M extends readonly unknown[] ? M : Buffer[],
>
  extends ReadableOptions, AsyncIterable<M> {
  /**
   * The next message. Concurrent calls get messages in the order they were made.
   * @throws ZmqError EAGAIN after `receiveTimeout`; EFSM, ETERM, EBADF
   */
  receive(options?: WaitOptions): Promise<M>;
  /** `receive`, blocking the thread. @throws ZmqError as `receive`, and EBUSY while awaiting calls wait */
  receiveSync(): M;
  /** `receive` if there is a message; undefined if not. @throws ZmqError as `receiveSync`, but not EAGAIN */
  tryReceive(): M | undefined;
  /**
   * `receive` without a copy: the parts as leases, each to be released or sent. Large parts are shared
   * memory, as is a last part of 256 KiB to 1 MiB that came over a wire; all others are private copies.
   */
  receiveLease(options?: WaitOptions): Promise<PartsAs<Lease, P>>;
  /** `receiveLease`, blocking the thread. @throws ZmqError as `receiveSync` */
  receiveLeaseSync(): PartsAs<Lease, P>;
  /** `receiveLease` if there is a message; undefined if not. @throws ZmqError as `tryReceive` */
  tryReceiveLease(): PartsAs<Lease, P> | undefined;
  /**
   * `receive` into the caller's memory, which must be left alone until then: the parts lie in it one behind
   * the other, and the answer is the length of each in bytes.
   * @throws ZmqError EMSGSIZE if the message does not fit: its parts are received, as `error.received`
   */
  receiveInto(target: ReceiveTarget, options?: WaitOptions): Promise<PartsAs<number, P>>;
  /** `receiveInto`, blocking the thread. @throws ZmqError as `receiveSync` and `receiveInto` */
  receiveIntoSync(target: ReceiveTarget): PartsAs<number, P>;
  /** `receiveInto` if there is a message; undefined if not. @throws ZmqError as `tryReceive`, EMSGSIZE */
  tryReceiveInto(target: ReceiveTarget): PartsAs<number, P> | undefined;
  /** Messages until the socket is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<M>;
}

interface Receiver {
  readonly incoming: Incoming<unknown>;
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
  receiveLease(this: Receiver, options?: WaitOptions) {
    return this.incoming.receiveLease(options);
  },
  receiveLeaseSync(this: Receiver) {
    return this.incoming.receiveLeaseSync();
  },
  tryReceiveLease(this: Receiver) {
    return this.incoming.tryReceiveLease();
  },
  receiveInto(this: Receiver, target: ReceiveTarget, options?: WaitOptions) {
    return this.incoming.receiveInto(target, options);
  },
  receiveIntoSync(this: Receiver, target: ReceiveTarget) {
    return this.incoming.receiveIntoSync(target);
  },
  tryReceiveInto(this: Receiver, target: ReceiveTarget) {
    return this.incoming.tryReceiveInto(target);
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
