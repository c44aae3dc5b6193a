import type { MessageLike } from '../../runtime/base/message.js';
import { installOptions, optionNames, type WritableOptions } from '../options.js';
import type { Outgoing } from '../outgoing.js';
import type { WaitOptions } from '../pending.js';

/** Sockets that send each message, of one part, to whom an address names. */
export interface Addressed<Address extends object> extends WritableOptions {
  /**
   * Queues a message; resolves when it is queued, which is at once below the high-water mark.
   * Concurrent calls are sent in the order they were made.
   * @throws ZmqError EAGAIN after `sendTimeout`; EINVAL for an address that can be nobody's, or several parts;
   * EHOSTUNREACH, EMSGSIZE, ETERM, EBADF
   */
  send(message: MessageLike, options: Address & WaitOptions): Promise<void>;
  /** `send`, blocking the thread. @throws ZmqError as `send`, and EBUSY while awaiting sends wait */
  sendSync(message: MessageLike, options: Address): void;
  /** `send` if it can be done at once; false if not. @throws ZmqError as `sendSync`, but not EAGAIN */
  trySend(message: MessageLike, options: Address): boolean;
}

interface Sender {
  readonly outgoing: Outgoing;
}

/**
 * Gives a socket class the methods and options of Addressed. To its pattern an address is a message's first
 * part, as it is to whoever uses a ROUTER.
 */
export function installAddressed<Address extends object>(
  prototype: Addressed<Address>,
  addressOf: (options: Address) => MessageLike,
): void {
  const address = (message: MessageLike, options: Address): readonly MessageLike[] => {
    if (message === undefined) throw new TypeError('Message must be present');
    if (typeof options !== 'object' || options === null) {
      throw new TypeError('Options must be an object');
    }
    const first = addressOf(options);
    // Untyped code may give several parts: the pattern refuses them.
    return Array.isArray(message)
      ? [first, ...(message as readonly MessageLike[])]
      : [first, message];
  };
  const methods = {
    send(this: Sender, message: MessageLike, options: Address & WaitOptions) {
      try {
        return this.outgoing.send(address(message, options), options);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    sendSync(this: Sender, message: MessageLike, options: Address) {
      this.outgoing.sendSync(address(message, options));
    },
    trySend(this: Sender, message: MessageLike, options: Address) {
      return this.outgoing.trySend(address(message, options));
    },
  };
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(methods));
  installOptions(prototype, optionNames('send'));
}
