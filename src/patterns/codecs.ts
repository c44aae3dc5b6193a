import { isUtf8 } from 'node:buffer';
import type { Leased, MessageLike } from '../runtime/base/message.js';

/** A part that a codec makes. Leases are not among them: who made one would have to learn whether it was sent. */
export type EncodedPart = Exclude<MessageLike, Leased>;

/** Makes messages of values. */
export interface Encoder<Sent> {
  /**
   * The message for a value: one part, or an array of at least one. Of a value that waits in `sendMany` it may be asked
   * twice. What it throws is what the send throws, and nothing is sent.
   */
  readonly encode: (value: Sent) => EncodedPart | readonly EncodedPart[];
}

/** Makes values of messages. */
export interface Decoder<Received> {
  /**
   * The value of a message, which it may keep. The message comes from a peer: what it throws is the cause of the
   * ZmqError EPROTO that the receive throws. It must not answer `undefined`, which is no message to `tryReceive`.
   */
  readonly decode: (parts: readonly Buffer[]) => Received;
}

/** What a socket sends and receives in place of parts. */
export interface Codec<Sent, Received = Sent> extends Encoder<Sent>, Decoder<Received> {}

/** What JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Strings as messages of one part in UTF-8; a message of anything else cannot be decoded. */
export const text: Codec<string> = Object.freeze({
  encode(value: string): string {
    if (typeof value !== 'string') throw new TypeError('The text codec encodes strings');
    return value;
  },
  decode: textOf,
});

/**
 * Values as messages of one part in JSON. Without `check` whatever a peer sends is taken for a `Received`.
 * @param check answers the value, or throws if it is not what it should be
 */
export function json<Sent = Json, Received = Sent>(
  check?: (value: unknown) => Received,
): Codec<Sent, Received> {
  if (check !== undefined && typeof check !== 'function') {
    throw new TypeError('A check must be a function');
  }
  return {
    encode: (value) => {
      const encoded = JSON.stringify(value) as string | undefined;
      if (encoded === undefined) throw new TypeError('The value has no form in JSON');
      return encoded;
    },
    decode: (parts) => {
      const value: unknown = JSON.parse(textOf(parts));
      return check === undefined ? (value as Received) : check(value);
    },
  };
}

function textOf(parts: readonly Buffer[]): string {
  const [part] = parts;
  if (part === undefined || parts.length > 1) {
    throw new Error(`The message has ${parts.length} parts, in place of one`);
  }
  // Replacement characters would be another text than the one that was sent.
  if (!isUtf8(part)) throw new Error('The message is not valid UTF-8');
  return part.toString();
}
