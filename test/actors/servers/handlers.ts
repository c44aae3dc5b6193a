import { threadId } from 'node:worker_threads';
import { devour, spin as spinForEver, wait as waitForWord } from '../pools/tasks.js';

/** Handlers for servers. */
export default function echo(request: Buffer[]): Buffer[] {
  return request;
}

export function thread(): number {
  return threadId;
}

/** Says that it has begun, and answers its thread when it is told to go on. */
export function wait([channel]: Buffer[]): Promise<number> {
  return waitForWord(String(channel));
}

export function spin([channel]: Buffer[]): unknown {
  return spinForEver(String(channel));
}

/** Does as it is told. */
export function obey([order, argument]: Buffer[]): unknown {
  switch (String(order)) {
    case 'throw':
      throw Object.assign(new RangeError('out of range'), { code: 'EWRONG' });
    case 'throw without a code':
      throw new TypeError('no such thing');
    case 'throw no error':
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw 'just a text';
    case 'reject':
      return Promise.reject(new Error('later'));
    case 'exit':
      process.exit(3);
    // eslint-disable-next-line no-fallthrough
    case 'devour':
      devour();
    // eslint-disable-next-line no-fallthrough
    case 'object':
      return { not: 'a message' };
    case 'nothing':
      return undefined;
    case 'function':
      return () => undefined;
    case 'parts':
      return ['text', 7, null, new Uint8Array([1, 2])];
    default:
      return argument ?? 'obeyed';
  }
}
