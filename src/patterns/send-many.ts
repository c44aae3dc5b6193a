import type { MessageLike } from '../runtime/base/message.js';
import type { Outgoing } from './outgoing.js';
import type { WaitOptions } from './pending.js';
import { IN_A_ROW, mustYield, nextTurn } from './turnstile.js';

/** A message of one part or of several. */
export type Sendable = MessageLike | readonly MessageLike[];

/**
 * An array is there as a whole: what of it need not wait goes out together.
 * @throws TypeError if it is one message rather than many: texts and bytes can be iterated, too
 */
function isArray<T>(messages: Iterable<T> | AsyncIterable<T>): messages is readonly T[] {
  if (typeof messages !== 'object' || messages === null || ArrayBuffer.isView(messages)) {
    throw new TypeError('Messages must be an array or another iterable of them');
  }
  return Array.isArray(messages);
}

/** See `Writable.sendManySync`. */
export function sendManySync(outgoing: Outgoing, messages: Iterable<Sendable>): void {
  const array = isArray(messages);
  let sent = 0;
  try {
    if (!array) {
      for (const message of messages) {
        outgoing.sendSync(message);
        sent++;
      }
      return;
    }
    while (sent < messages.length) {
      const ready = outgoing.sendReady(messages, sent);
      if (ready > sent) {
        sent = ready;
        continue;
      }
      outgoing.sendSync(messages[sent]!);
      sent++;
    }
  } catch (error) {
    throw withCount(error, sent);
  }
}

/** See `Writable.sendMany`. */
export async function sendMany(
  outgoing: Outgoing,
  messages: Iterable<Sendable> | AsyncIterable<Sendable>,
  options?: WaitOptions,
): Promise<void> {
  const array = isArray(messages);
  let sent = 0;
  try {
    if (!array) {
      for await (const message of messages) {
        await outgoing.send(message, options);
        sent++;
      }
      return;
    }
    while (sent < messages.length) {
      options?.signal?.throwIfAborted();
      const ready = outgoing.sendReady(messages, sent);
      if (ready === sent) {
        await outgoing.send(messages[sent]!, options);
        sent++;
      } else {
        const many = ready - sent === IN_A_ROW;
        sent = ready;
        if (many || mustYield()) await nextTurn();
      }
    }
  } catch (error) {
    throw withCount(error, sent);
  }
}

/** Whoever sends many has to know how many went out. */
function withCount(error: unknown, sent: number): unknown {
  return error instanceof Error ? Object.assign(error, { sent }) : error;
}
