import { Buffer } from 'node:buffer';
import { toBody, type MessageLike } from '../runtime/base/message.js';

/** Copies of the prefixes that a call names; the empty one, which all messages begin with, if it names none. */
export function topicsOf(prefixes: readonly MessageLike[]): Buffer[] {
  if (prefixes.length === 0) return [Buffer.alloc(0)];
  return prefixes.map((prefix) => {
    const body = toBody(prefix);
    return typeof body === 'string' ? Buffer.from(body) : Buffer.from(Uint8Array.from(body));
  });
}
