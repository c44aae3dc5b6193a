import { ZmqError } from './errors.js';

/** An endpoint taken apart: `tcp://127.0.0.1:5555` is scheme `tcp`, address `127.0.0.1:5555`. */
export interface Endpoint {
  readonly text: string;
  readonly scheme: string;
  readonly address: string;
}

/**
 * Splits an endpoint at `://`.
 * @throws TypeError if it is no string; ZmqError EINVAL if it has no scheme or no address.
 */
export function parseEndpoint(text: string): Endpoint {
  if (typeof text !== 'string') throw new TypeError('Address must be a string');
  const split = text.indexOf('://');
  if (split <= 0 || split + 3 === text.length) throw new ZmqError('EINVAL', { address: text });
  return { text, scheme: text.slice(0, split), address: text.slice(split + 3) };
}
