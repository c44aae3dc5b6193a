import { Buffer } from 'node:buffer';
import { deserialize, serialize } from '../../runtime/base/serializer.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Body } from '../../runtime/base/message.js';

/*
 * How tasks and their results travel: many in one message, since what a message costs, and what v8's serializer
 * costs to begin, is then shared by all of them.
 *
 *   header   int32, little-endian: what is told besides, number of entries; for each its number and kind
 *   values   what v8's serializer made of an array of all values; absent if there are none
 *   bytes    a part for each entry of bytes
 */

/** How the value of an entry travels. */
export const AS_VALUE = 0;
/** A Uint8Array: as it is, and it arrives as a Buffer. */
export const AS_BYTES = 1;
/** A value, for a function other than the default one: `[name, value]`. */
export const NAMED = 2;
/** A SentError. */
export const FAILED = 3;

export interface Entry {
  readonly number: number;
  readonly kind: number;
  readonly value: unknown;
}

export interface Batch {
  /** Of results: microseconds that the thread spent on them, 2^31 - 1 at most. */
  readonly told: number;
  readonly entries: readonly Entry[];
}

const WORD = 4;
const HEADER_WORDS = 2;
/** 35 minutes: all that a word can say. */
const TOLD_MOST = 2 ** 31 - 1;
const ENTRY_WORDS = 2;

/** The parts of a message. @throws whatever the serializer throws for a value that cannot be cloned */
export function encodeBatch({ told, entries }: Batch): Body[] {
  const header = Buffer.allocUnsafe((HEADER_WORDS + entries.length * ENTRY_WORDS) * WORD);
  header.writeInt32LE(Math.min(told, TOLD_MOST), 0);
  header.writeInt32LE(entries.length, WORD);
  const parts: Body[] = [header];
  const values: unknown[] = [];
  const bytes: Uint8Array[] = [];
  let at = HEADER_WORDS * WORD;
  for (const { number, kind, value } of entries) {
    header.writeInt32LE(number, at);
    header.writeInt32LE(kind, at + WORD);
    at += ENTRY_WORDS * WORD;
    if (kind === AS_BYTES) bytes.push(value as Uint8Array);
    else values.push(value);
  }
  if (values.length > 0) parts.push(serialize(values));
  for (const body of bytes) parts.push(body);
  return parts;
}

/** @throws ZmqError EPROTO for what is no batch */
export function decodeBatch(message: readonly Buffer[]): Batch {
  const [header] = message;
  const count = header === undefined || header.length < 8 ? -1 : header.readInt32LE(WORD);
  if (header?.length !== (HEADER_WORDS + count * ENTRY_WORDS) * WORD) throw broken();
  let bytes = 0;
  for (let at = HEADER_WORDS * WORD; at < header.length; at += ENTRY_WORDS * WORD) {
    if (header.readInt32LE(at + WORD) === AS_BYTES) bytes++;
  }
  const values = bytes === count ? [] : readValues(message[1]);
  let part = bytes === count ? 1 : 2;
  if (message.length !== part + bytes || values.length !== count - bytes) throw broken();
  let taken = 0;
  const entries: Entry[] = [];
  for (let at = HEADER_WORDS * WORD; at < header.length; at += ENTRY_WORDS * WORD) {
    const kind = header.readInt32LE(at + WORD);
    const value = kind === AS_BYTES ? message[part++] : values[taken++];
    entries.push({ number: header.readInt32LE(at), kind, value });
  }
  return { told: header.readInt32LE(0), entries };
}

/** How a value travels, if it is for the default function. */
export function kindOf(value: unknown): number {
  return value instanceof Uint8Array ? AS_BYTES : AS_VALUE;
}

/** Why a value cannot be sent; undefined if it can. */
export function whyNotCloned({ kind, value }: Entry): { readonly error: unknown } | undefined {
  if (kind === AS_BYTES) return undefined;
  try {
    serialize(value);
    return undefined;
  } catch (error) {
    return { error };
  }
}

function readValues(part: Buffer | undefined): readonly unknown[] {
  let values: unknown;
  try {
    values = part && deserialize(part);
  } catch (cause) {
    throw new ZmqError('EPROTO', { message: 'The values of a batch cannot be read', cause });
  }
  if (!Array.isArray(values)) throw broken();
  return values;
}

function broken(): ZmqError {
  return new ZmqError('EPROTO', { message: 'What was received is no batch of tasks' });
}
