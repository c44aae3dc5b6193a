/** loomwire's side door to streams: sockets as those of Node and of the Web, with back-pressure. */
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { MessageReadable } from './patterns/streams/message-readable.js';
import { MessageWritable } from './patterns/streams/message-writable.js';
import { checkWriting, type SendingEnd, type WritingOptions } from './patterns/streams/sink.js';
import type { ReadingOptions, ReceivingEnd } from './patterns/streams/source.js';
import { readableStreamOf, writableStreamOf } from './patterns/streams/web.js';

export type { MessageReadable, MessageWritable };
export type { ReadingOptions, ReceivingEnd, SendingEnd, WritingOptions };

/**
 * The socket's messages as a Readable of node:stream, in object mode: each chunk is what `receive` would give. It ends
 * when the socket is closed.
 * @throws TypeError if the socket does not receive; ZmqError ENOTSOCK, ETERM, EBUSY
 */
export function toReadable<M>(
  socket: ReceivingEnd<M>,
  options: ReadingOptions = {},
): MessageReadable<M> {
  return new MessageReadable(socket, options);
}

/**
 * A Writable of node:stream, in object mode, whose chunks are sent as `send` would. It is destroyed when the socket is
 * closed before its end, with an error if there was something left to send.
 * @throws TypeError if the socket does not send; ZmqError ENOTSOCK, ETERM, EBUSY; EINVAL for a `highWaterMark` below 0
 */
export function toWritable<M>(
  socket: SendingEnd<M>,
  options: WritingOptions = {},
): MessageWritable<M> {
  checkWriting(options);
  return new MessageWritable(socket, options);
}

/** The socket's messages as a ReadableStream of the Web. It closes when the socket is closed. @throws as `toReadable` */
export function toReadableStream<M>(
  socket: ReceivingEnd<M>,
  options: ReadingOptions = {},
): ReadableStream<M> {
  return readableStreamOf(socket, options);
}

/**
 * A WritableStream of the Web whose chunks are sent as `send` would. It is errored when the socket is closed before
 * its end.
 * @throws as `toWritable`
 */
export function toWritableStream<M>(
  socket: SendingEnd<M>,
  options: WritingOptions = {},
): WritableStream<M> {
  checkWriting(options);
  return writableStreamOf(socket, options);
}
