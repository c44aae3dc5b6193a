import { BroadcastChannel, resourceLimits, threadId } from 'node:worker_threads';
import { transfer } from '../../../src/actors.js';

/** Tasks for pools and stages. */
export default function double(number: number): number {
  return number * 2;
}

export function same(value: unknown): unknown {
  return value;
}

export function thread(): number {
  return threadId;
}

/** The MB that this thread may have of the old and of the young generation. */
export function limits(): number[] {
  return [resourceLimits.maxOldGenerationSizeMb!, resourceLimits.maxYoungGenerationSizeMb!];
}

export function fail(message: string): never {
  const error = new RangeError(message, { cause: new TypeError('the cause') });
  throw Object.assign(error, { code: 'EWRONG' });
}

export function throwText(text: string): never {
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw text;
}

export function unclonable(): unknown {
  return () => undefined;
}

export function exit(code: number): never {
  process.exit(code);
}

export function throwLater(): Promise<never> {
  setImmediate(() => {
    throw new Error('out of an immediate');
  });
  return new Promise(() => undefined);
}

/** Until the heap is full. */
export function devour(): never {
  const eaten: number[][] = [];
  for (;;) eaten.push(new Array<number>(100_000).fill(eaten.length));
}

/** Of this word it dies; anything else it gives on. */
export function devourIfTold(item: unknown): unknown {
  return item === 'devour' ? devour() : item;
}

/** Says that it has begun, and waits until it is told to go on. */
export async function wait(channel: string): Promise<number> {
  const line = new BroadcastChannel(channel);
  try {
    await new Promise((resolve) => {
      line.onmessage = (event) => {
        if (event.data === 'go on') resolve(undefined);
      };
      line.postMessage('begun');
    });
    return threadId;
  } finally {
    line.close();
  }
}

/** Says that it has begun, and never ends. */
export async function spin(channel: string): Promise<never> {
  const line = new BroadcastChannel(channel);
  line.postMessage('begun');
  // The message goes out with the turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  for (;;);
}

export function given(buffer: ArrayBuffer): number {
  return buffer.byteLength;
}

export function give(bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes);
  return transfer(buffer, [buffer]);
}

export const nothing = 7;

export function increment(number: number): number {
  return number + 1;
}

/** Dies with one in a hundred, before it has done anything with it. */
export function dieOfHundreds(number: number): number {
  if (number % 100 === 50) process.exit(1);
  return number;
}

/** Dies now and then, whatever it has. */
export function dieAtRandom(number: number): number {
  if (Math.random() < 0.01) process.exit(1);
  return number;
}

/** Takes a different time for each, up to half a millisecond. */
export function takeTime(number: number): number {
  const until = performance.now() + ((number * 7919) % 11) / 20;
  while (performance.now() < until);
  return number;
}

export function failAt(number: number): number {
  if (number === 300) throw Object.assign(new RangeError('not this one'), { code: 'EWRONG' });
  return number;
}

/** Each byte one more. */
export function shift(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte + 1);
}

/** Of a channel it waits as `wait` does; anything else it gives on. */
export async function waitIfTold(item: number | string): Promise<number | string> {
  if (typeof item === 'string') await wait(item);
  return item;
}
