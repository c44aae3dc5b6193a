import { ZmqError } from '../runtime/base/errors.js';
import { copyOf, isRawMemory } from '../runtime/base/message.js';
import type { Lease, Leases } from '../runtime/thread/leases.js';

/** Memory that a message can be received into. */
export type ReceiveTarget = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** In which form a message is handed out. */
export interface Reading<T> {
  /** May `take` be given views of shared memory? It has done with them when it returns. */
  readonly views: boolean;
  /** What the caller gets for a message. If it throws, that is what the caller gets, and the message is received. */
  take(message: Buffer[]): T;
}

/** Makes of a reading of a message's parts one of all that its receiver gets: the parts, and maybe a `P`. */
export type Form<P> = <T>(parts: Reading<T[]>) => Reading<(T | P)[]>;

/** The parts, and nothing else. */
export const PARTS: Form<never> = (parts) => parts;

/**
 * The parts but for the first, and then what that one says of them.
 * @param propertiesOf may keep what it is given
 */
export function withProperties<P>(propertiesOf: (first: Buffer) => P): Form<P> {
  return <T>(parts: Reading<T[]>): Reading<(T | P)[]> => ({
    views: parts.views,
    take: (message) => {
      const first = message.shift()!;
      const properties = propertiesOf(parts.views ? copyOf(first) : first);
      const taken: (T | P)[] = parts.take(message);
      taken.push(properties);
      return taken;
    },
  });
}

/** Parts as private Buffers. */
export const PRIVATE: Reading<Buffer[]> = { views: false, take: (message) => message };

/** Parts as leases. */
export function leases(of: Leases): Reading<Lease[]> {
  return { views: true, take: (message) => message.map((part) => of.of(part)) };
}

/**
 * Parts in the caller's memory, one behind the other: their lengths.
 * @throws TypeError if it is no memory
 */
export function intoBuffer(target: ReceiveTarget): Reading<number[]> {
  const room = bytesOf(target);
  return {
    views: true,
    take: (message) => {
      let needed = 0;
      for (const part of message) needed += part.length;
      if (needed > room.length) throw tooLong(message, needed, room.length);
      const lengths: number[] = [];
      let at = 0;
      for (const part of message) {
        part.copy(room, at);
        at += part.length;
        lengths.push(part.length);
      }
      return lengths;
    },
  };
}

function bytesOf(target: ReceiveTarget): Uint8Array {
  if (target instanceof Uint8Array) return target;
  if (ArrayBuffer.isView(target)) {
    return new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  }
  if (typeof target === 'object' && target !== null && isRawMemory(target)) {
    return new Uint8Array(target);
  }
  throw new TypeError('A message is received into a buffer');
}

function tooLong(message: Buffer[], needed: number, room: number): ZmqError {
  return new ZmqError('EMSGSIZE', {
    message: `A message of ${needed} bytes does not fit into ${room}`,
    received: message.map(copyOf),
  });
}
