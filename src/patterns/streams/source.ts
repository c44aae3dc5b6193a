import { ZmqError } from '../../runtime/base/errors.js';
import { Poller } from '../poller.js';
import type { Socket } from '../socket.js';

/** A socket that receives `M`s. */
export type ReceivingEnd<M> = Socket & { tryReceive(): M | undefined };

/** What adapters for streams that are read take. */
export interface ReadingOptions {
  /** Close the socket with the stream. Default false: it can be used further, and streamed again. */
  readonly closeSocket?: boolean;
  /**
   * Called with the ZmqError EPROTO for a message that cannot be decoded, which is passed over. Without it the stream
   * ends with that error.
   */
  readonly onUndecodable?: (error: ZmqError) => void;
}

/** A socket's messages for a stream, which leaves each of them in the socket until somebody is there to take it. */
export class Source<M> {
  private readonly poller = new Poller();

  /** @throws TypeError if it is no socket that receives; ZmqError ENOTSOCK, ETERM and EBUSY as `Poller.add` */
  constructor(
    private readonly socket: ReceivingEnd<M>,
    private readonly options: ReadingOptions,
    /** What no message may be, as far as this kind of stream goes. */
    private readonly isRefused: (message: M) => boolean = () => false,
  ) {
    checkOptions(options);
    if (options.onUndecodable !== undefined && typeof options.onUndecodable !== 'function') {
      throw new TypeError('onUndecodable must be a function');
    }
    this.poller.add(socket);
    if (!socket.can('receive')) throw new TypeError('The socket does not receive');
  }

  /** Nothing will come any more: the socket is closed. */
  get over(): boolean {
    return this.socket.closed;
  }

  /** The next message, if it is there. @throws what `tryReceive` throws */
  take(): M | undefined {
    for (;;) {
      try {
        const message = this.socket.readable ? this.socket.tryReceive() : undefined;
        if (message === undefined || !this.isRefused(message)) return message;
        throw new ZmqError('EPROTO', { message: 'A stream cannot carry this value' });
      } catch (error) {
        const { onUndecodable } = this.options;
        const passedOver = error instanceof ZmqError && error.code === 'EPROTO';
        if (!passedOver || onUndecodable === undefined) throw error;
        onUndecodable(error);
      }
    }
  }

  /** Resolves when a message may be there, or none will come. @throws ZmqError ETERM, EBUSY; the signal's reason */
  async news(signal: AbortSignal): Promise<void> {
    if (this.over) return;
    try {
      await this.poller.wait({ signal });
    } catch (error) {
      if (!this.over) throw error;
    }
  }

  /** The stream is at its end. */
  left(): void {
    if (this.options.closeSocket === true) this.socket.close();
  }
}

/** @throws TypeError if they are no options */
export function checkOptions(options: { readonly closeSocket?: unknown }): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Options must be an object');
  }
  const { closeSocket = false } = options;
  if (typeof closeSocket !== 'boolean') throw new TypeError('closeSocket must be a boolean');
}
