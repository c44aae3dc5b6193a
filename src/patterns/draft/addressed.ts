import type { MessageLike } from '../../runtime/base/message.js';
import type { AnyCodec, SentPart } from '../coded.js';
import { installOptions, optionNames, type WritableOptions } from '../options.js';
import type { Outgoing } from '../outgoing.js';
import type { WaitOptions } from '../pending.js';

/** Sockets that send each message, of one part or what their codec encodes, to whom an address names. */
export interface Addressed<Address extends object, S = unknown> extends WritableOptions {
  /**
   * Queues a message; resolves when it is queued, which is at once below the high-water mark.
   * Concurrent calls are sent in the order they were made.
   * @throws ZmqError EAGAIN after `sendTimeout`; EINVAL for an address that can be nobody's, or several parts;
   * EHOSTUNREACH, EMSGSIZE, ETERM, EBADF
   */
  send(message: SentPart<S>, options: Address & WaitOptions): Promise<void>;
  /** `send`, blocking the thread. @throws ZmqError as `send`, and EBUSY while awaiting sends wait */
  sendSync(message: SentPart<S>, options: Address): void;
  /** `send` if it can be done at once; false if not. @throws ZmqError as `sendSync`, but not EAGAIN */
  trySend(message: SentPart<S>, options: Address): boolean;
}

/** Puts a first part before what a caller has given. */
export type Enclose = (first: MessageLike, message: MessageLike) => readonly MessageLike[];

interface Sender {
  readonly outgoing: Outgoing;
  readonly enclose: Enclose;
}

/** Untyped code may give several parts: the pattern refuses them. */
const parts: Enclose = (first, message) =>
  Array.isArray(message) ? [first, ...(message as readonly MessageLike[])] : [first, message];

/** A value, which may be an array, is the codec's to make parts of. */
const value: Enclose = (first, given) => [first, given];

/** How a socket with this codec, or none, has its messages enclosed. */
export function enclosing(codec: AnyCodec | undefined): Enclose {
  return codec === undefined ? parts : value;
}

/**
 * Gives a socket class the methods and options of Addressed. To its pattern an address is a message's first
 * part, as it is to whoever uses a ROUTER.
 */
export function installAddressed(
  prototype: object,
  addressOf: (options: never) => MessageLike,
): void {
  const address = (
    { enclose }: Sender,
    message: MessageLike,
    options: object,
  ): readonly MessageLike[] => {
    if (message === undefined) throw new TypeError('Message must be present');
    if (typeof options !== 'object' || options === null) {
      throw new TypeError('Options must be an object');
    }
    return enclose(addressOf(options as never), message);
  };
  const methods = {
    send(this: Sender, message: MessageLike, options: WaitOptions) {
      try {
        return this.outgoing.send(address(this, message, options), options);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    sendSync(this: Sender, message: MessageLike, options: object) {
      this.outgoing.sendSync(address(this, message, options));
    },
    trySend(this: Sender, message: MessageLike, options: object) {
      return this.outgoing.trySend(address(this, message, options));
    },
  };
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(methods));
  installOptions(prototype, optionNames('send'));
}
