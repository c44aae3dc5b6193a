import {
  ReadableStream,
  WritableStream,
  type ReadableStreamDefaultController,
} from 'node:stream/web';
import type { WaitOptions } from '../pending.js';
import { mustYield, nextTurn } from '../turnstile.js';
import { Sink, type SendingEnd, type WritingOptions } from './sink.js';
import { Source, type ReadingOptions, type ReceivingEnd } from './source.js';

/** One write at a time: what more there is waits in the stream only if asked for. */
const HIGH_WATER_MARK = 1;

/** See `toReadableStream`. */
export function readableStreamOf<M>(
  socket: ReceivingEnd<M>,
  options: ReadingOptions,
): ReadableStream<M> {
  const source = new Source(socket, options);
  const leaving = new AbortController();
  /** In one turn from the socket to the reader: one who cancels has lost nothing. False if there is nothing yet. */
  const give = (controller: ReadableStreamDefaultController<M>): boolean => {
    if (leaving.signal.aborted) return true;
    const message = source.take();
    if (message !== undefined) controller.enqueue(message);
    else if (source.over) controller.close();
    else return false;
    return true;
  };
  return new ReadableStream<M>(
    {
      async pull(controller) {
        try {
          while (!give(controller)) await source.news(leaving.signal);
        } catch (error) {
          if (leaving.signal.aborted) return;
          // The stream has failed, and will hear of no `cancel`.
          source.left();
          throw error;
        }
        if (mustYield()) await nextTurn();
      },
      cancel() {
        leaving.abort();
        source.left();
      },
    },
    // Nothing is read ahead: pulled is what a reader waits for.
    { highWaterMark: 0 },
  );
}

/** See `toWritableStream`. */
export function writableStreamOf<M>(
  socket: SendingEnd<M>,
  options: WritingOptions,
): WritableStream<M> {
  let wait: WaitOptions;
  let sink: Sink<M>;
  return new WritableStream<M>(
    {
      start(controller) {
        // It aborts before `abort` is called, which waits for the write under way.
        wait = controller as typeof controller & Required<WaitOptions>;
        sink = new Sink(socket, options, (error) => {
          controller.error(error);
          sink.left();
        });
      },
      async write(message) {
        try {
          await socket.send(message, wait);
        } catch (error) {
          // The stream has failed, and will hear of neither `close` nor `abort`.
          sink.left();
          throw error;
        }
      },
      close: () => sink.left(),
      abort: () => sink.left(),
    },
    { highWaterMark: options.highWaterMark ?? HIGH_WATER_MARK },
  );
}
