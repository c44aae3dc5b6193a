import { Readable } from 'node:stream';
import { mustYield } from '../turnstile.js';
import { Source, type ReadingOptions, type ReceivingEnd } from './source.js';

/**
 * A socket's messages as a node:stream Readable. It holds none: a message leaves the socket in the same turn in which
 * the reader gets it, so that a stream that is paused or destroyed has lost nothing, and the socket's high-water mark is
 * the only one.
 *
 * @example
 * ```ts
 * import { pipeline } from 'node:stream/promises';
 * import { Pull, Push, text } from 'loomwire';
 * import { toReadable } from 'loomwire/streams';
 *
 * const pull = new Pull({ codec: text });
 * await pull.bind('inproc://lines');
 * const push = new Push({ codec: text });
 * push.connect('inproc://lines');
 * await push.sendMany(['one', 'two']);
 * await pipeline(toReadable(pull, { closeSocket: true }), async (lines: AsyncIterable<string>) => {
 *   for await (const line of lines) {
 *     console.log(line);
 *     // one
 *     // two
 *     if (line === 'two') pull.close();
 *   }
 * });
 * push.close();
 * ```
 */
export class MessageReadable<M> extends Readable {
  readonly #source: Source<M>;
  readonly #leaving = new AbortController();
  #waiting = false;
  /** The event loop has its turn. */
  #resting = false;
  #ended = false;

  /** @internal */
  constructor(socket: ReceivingEnd<M>, options: ReadingOptions) {
    super({ objectMode: true, highWaterMark: 0 });
    // To node:stream null is the end.
    this.#source = new Source<M>(socket, options, (message) => message === null);
    // A reader who comes when news has found nobody.
    this.on('newListener', (event) => {
      if (event === 'readable') this.#wait();
    });
  }

  override read(size?: number): M | null {
    // Size 0 only asks that reading goes on.
    if (size !== 0 && this.readableLength === 0) this.#give();
    return super.read(size) as M | null;
  }

  override [Symbol.asyncIterator](): ReturnType<Readable[typeof Symbol.asyncIterator]> &
    AsyncIterator<M> {
    return super[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#wait();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#leaving.abort();
    this.#source.left();
    done(error);
  }

  /** Pushes one message for a reader who is there. False if there was none to push. */
  #give(): boolean {
    if (this.destroyed || this.#ended || this.#resting) return false;
    if (mustYield()) {
      this.#rest();
      return false;
    }
    try {
      const message = this.#source.take();
      if (message !== undefined) {
        this.push(message);
        return true;
      }
      if (this.#source.over) this.#end();
      else this.#wait();
    } catch (error) {
      this.destroy(error as Error);
    }
    return false;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  #wait(): void {
    if (this.#waiting || this.#ended || this.destroyed) return;
    this.#waiting = true;
    const arrived = async (): Promise<void> => {
      try {
        await this.#source.news(this.#leaving.signal);
        this.#waiting = false;
        if (!this.destroyed) this.#tell();
      } catch (error) {
        this.#waiting = false;
        // A stream that is destroyed has been told why.
        if (!this.destroyed) this.destroy(error as Error);
      }
    };
    void arrived();
  }

  /** As long as there are messages, neither timers nor I/O would have a turn. */
  #rest(): void {
    this.#resting = true;
    setImmediate(() => {
      this.#resting = false;
      if (!this.destroyed) this.#tell();
    });
  }

  /** Gives messages to whoever listens to them, and tells whoever reads. If nobody does they stay where they are. */
  #tell(): void {
    if (this.#source.over) this.#end();
    else if (this.listenerCount('readable') > 0) this.emit('readable');
    else while (this.readableFlowing === true && this.listenerCount('data') > 0 && this.#give());
  }
}
