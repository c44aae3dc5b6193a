import { ZmqError } from '../../runtime/base/errors.js';
import type { WaitOptions } from '../pending.js';
import type { Socket } from '../socket.js';
import type { Watcher } from '../watcher.js';
import { checkOptions } from './source.js';

/** A socket that sends `M`s. */
export type SendingEnd<M> = Socket & {
  send(message: M, options?: WaitOptions): Promise<void>;
  sendMany(messages: Iterable<M> | AsyncIterable<M>, options?: WaitOptions): Promise<void>;
};

/** What adapters for streams that are written take. */
export interface WritingOptions {
  /** Close the socket with the stream; what was sent goes on its way, as long as linger says. Default false. */
  readonly closeSocket?: boolean;
  /** Messages that wait in the stream before it asks its writer to wait. Default 16; 1 for a WritableStream. */
  readonly highWaterMark?: number;
}

/** A socket for a stream of messages, which hears of its end also while nothing is written. */
export class Sink<M> implements Watcher {
  private over = false;

  /**
   * @param failed called once if the socket is closed, or its context shut down, before the stream is
   * @throws TypeError if it is no socket that sends; ZmqError ENOTSOCK, ETERM and EBUSY as `Poller.add`
   */
  constructor(
    readonly socket: SendingEnd<M>,
    private readonly options: WritingOptions,
    private readonly failed: (error: ZmqError) => void,
  ) {
    socket.checkPolled();
    if (!socket.can('send')) throw new TypeError('The socket does not send');
    socket.watch(this);
  }

  /** @internal */
  noticed(): void {
    const { closed, terminated } = this.socket;
    if (this.over || (!closed && !terminated)) return;
    // In the middle of things; a send that waits rejects by itself, which may come before.
    queueMicrotask(() => {
      if (this.over) return;
      this.leave();
      this.failed(new ZmqError(closed ? 'EBADF' : 'ETERM'));
    });
  }

  /** The stream is at its end. */
  left(): void {
    this.leave();
    if (this.options.closeSocket === true) this.socket.close();
  }

  private leave(): void {
    this.over = true;
    this.socket.unwatch(this);
  }
}

/** @throws TypeError if they are no options */
export function checkWriting(options: WritingOptions): void {
  checkOptions(options);
  const { highWaterMark = 1 } = options;
  if (typeof highWaterMark !== 'number') throw new TypeError('highWaterMark must be a number');
  if (!(highWaterMark >= 0)) {
    throw new ZmqError('EINVAL', { message: `${highWaterMark} is no value for highWaterMark` });
  }
}
