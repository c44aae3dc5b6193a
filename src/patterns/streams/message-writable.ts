import { Writable } from 'node:stream';
import type { WaitOptions } from '../pending.js';
import { Sink, type SendingEnd, type WritingOptions } from './sink.js';

/** node:stream's own for objects. */
const HIGH_WATER_MARK = 16;

interface Write<M> {
  readonly chunk: M;
}

/**
 * What is written to a node:stream Writable as a socket's messages.
 *
 * @example
 * ```ts
 * import { pipeline } from 'node:stream/promises';
 * import { Pull, Push, text } from 'loomwire';
 * import { toWritable } from 'loomwire/streams';
 *
 * const pull = new Pull({ codec: text });
 * await pull.bind('inproc://lines');
 * const push = new Push({ codec: text });
 * push.connect('inproc://lines');
 * await pipeline(['one', 'two'], toWritable(push, { closeSocket: true }));
 * console.log(await pull.receive(), await pull.receive()); // one two
 * pull.close();
 * ```
 */
export class MessageWritable<M> extends Writable {
  readonly #sink: Sink<M>;
  readonly #leaving = new AbortController();

  /** @internal */
  constructor(socket: SendingEnd<M>, options: WritingOptions) {
    super({
      objectMode: true,
      // A text is a message, and no bytes.
      decodeStrings: false,
      highWaterMark: options.highWaterMark ?? HIGH_WATER_MARK,
    });
    this.#sink = new Sink(socket, options, (error) =>
      // Whoever closes a socket that has nothing left to send has lost nothing by it.
      this.destroy(this.writableLength > 0 ? error : undefined),
    );
  }

  override _write(chunk: M, _encoding: string, done: (error?: Error | null) => void): void {
    this.#settle(this.#sink.socket.send(chunk, this.#wait), done);
  }

  override _writev(chunks: Write<M>[], done: (error?: Error | null) => void): void {
    const messages = chunks.map(({ chunk }) => chunk);
    this.#settle(this.#sink.socket.sendMany(messages, this.#wait), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // After the end everything is sent, and there is nothing to give up.
    this.#leaving.abort(error ?? undefined);
    this.#sink.left();
    done(error);
  }

  get #wait(): WaitOptions {
    return { signal: this.#leaving.signal };
  }

  #settle(sent: Promise<void>, done: (error?: Error | null) => void): void {
    sent.then(() => done(), done);
  }
}
