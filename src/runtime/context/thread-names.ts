import { Buffer } from 'node:buffer';
import { ZmqError } from '../base/errors.js';
import { load, store, type Words } from '../memory/atomics.js';
import { HEADER_NAME_PREFIX, NAME_PREFIX_WORDS } from '../memory/layout.js';

/** libzmq's limit, which is what Linux keeps of a thread's name. */
const PREFIX_BYTES = 4 * NAME_PREFIX_WORDS;

/** What an I/O worker is called. Node tells it to debuggers and, in newer versions, to the system, which cuts it. */
export function ioWorkerName(words: Words, index: number): string {
  const prefix = readNamePrefix(words);
  return prefix === '' ? `loomwire-io-${index}` : `${prefix}/io-${index}`;
}

export function readNamePrefix(words: Words): string {
  const bytes = Buffer.alloc(PREFIX_BYTES);
  for (let i = 0; i < NAME_PREFIX_WORDS; i++) {
    bytes.writeInt32LE(load(words, HEADER_NAME_PREFIX + i), 4 * i);
  }
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? PREFIX_BYTES : end);
}

/** @throws TypeError if it is no text; ZmqError EINVAL if it is too long, or has a byte 0 */
export function checkNamePrefix(prefix: unknown): asserts prefix is string {
  if (typeof prefix !== 'string') throw new TypeError('threadNamePrefix must be a string');
  if (Buffer.byteLength(prefix) <= PREFIX_BYTES && !prefix.includes('\0')) return;
  throw new ZmqError('EINVAL', {
    message: `threadNamePrefix must be text of at most ${PREFIX_BYTES} bytes`,
  });
}

/** Only in the creator's thread. Whoever reads it meanwhile may see a part of it: it is a name, and nothing rests on it. */
export function writeNamePrefix(words: Words, prefix: string): void {
  const bytes = Buffer.alloc(PREFIX_BYTES);
  bytes.write(prefix);
  for (let i = 0; i < NAME_PREFIX_WORDS; i++) {
    store(words, HEADER_NAME_PREFIX + i, bytes.readInt32LE(4 * i));
  }
}
