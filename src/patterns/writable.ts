import { installOptions, optionNames, type WritableOptions } from './options.js';
import type { Outgoing } from './outgoing.js';
import type { WaitOptions } from './pending.js';
import { sendMany, sendManySync, type Sendable } from './send-many.js';

/** What may stand behind a message: how to wait, or what the socket's type wants to know of each. */
type SendArguments<O extends readonly object[]> = O extends readonly []
  ? [options?: WaitOptions]
  : O;

/**
 * Sockets that send. A message is one part or an array of parts; it goes whole or not at all. Sockets whose
 * messages have one part only say so by `M`, and those with a codec what it encodes; those that want to know more of
 * each, as whom it is for, by `O`.
 */
export interface Writable<M = Sendable, O extends readonly object[] = []> extends WritableOptions {
  /**
   * Queues a message; resolves when it is queued, which is at once below the high-water mark.
   * Concurrent calls are sent in the order they were made.
   * @throws ZmqError EAGAIN after `sendTimeout`; EFSM, EHOSTUNREACH, EMSGSIZE, ETERM, EBADF; EINVAL for
   * several parts where there may be one only
   */
  send(message: M, ...options: SendArguments<O>): Promise<void>;
  /** `send`, blocking the thread. @throws ZmqError as `send`, and EBUSY while awaiting sends wait */
  sendSync(message: M, ...options: O): void;
  /** `send` if it can be done at once; false if not. @throws ZmqError as `sendSync`, but not EAGAIN */
  trySend(message: M, ...options: O): boolean;
  /**
   * Sends messages one after another, as `send` does; resolves when all are queued. Those of an array that need
   * not wait go out together, which costs less than one by one; of anything else each is sent as soon as it is
   * there. Other calls' messages may come between them.
   * @throws what `send` throws for the first message that fails, with `sent`: how many had been queued before it
   */
  sendMany(messages: Iterable<M> | AsyncIterable<M>, options?: WaitOptions): Promise<void>;
  /** `sendMany`, blocking the thread. @throws what `sendSync` throws, with `sent` */
  sendManySync(messages: Iterable<M>): void;
}

interface Sender {
  readonly outgoing: Outgoing;
}

const METHODS = {
  send(this: Sender, message: Sendable, options?: WaitOptions) {
    return this.outgoing.send(message, options);
  },
  sendSync(this: Sender, message: Sendable) {
    this.outgoing.sendSync(message);
  },
  trySend(this: Sender, message: Sendable) {
    return this.outgoing.trySend(message);
  },
  sendMany(
    this: Sender,
    messages: Iterable<Sendable> | AsyncIterable<Sendable>,
    options?: WaitOptions,
  ) {
    return sendMany(this.outgoing, messages, options);
  },
  sendManySync(this: Sender, messages: Iterable<Sendable>) {
    sendManySync(this.outgoing, messages);
  },
};

/** Gives a socket class the methods and options of Writable. */
export function installWritable(prototype: object): void {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(METHODS));
  installOptions(prototype, optionNames('send'));
}
