import { ZmqError } from '../../runtime/base/errors.js';
import type { Endpoint } from '../../runtime/base/endpoint.js';
import { isIPv6 } from '../../runtime/base/ip.js';
import { parseTcpPlace, type TcpPlace } from '../../runtime/base/tcp-place.js';

/** A TCP address taken apart. */
export interface TcpAddress extends TcpPlace {
  /** Where a connection is to come from, if that is said. */
  readonly source?: TcpPlace;
}

/**
 * Parses `host:port`, `[::1]:port`, `*:port`, for binding also `host:*`, and for connecting also `source;destination`, whose
 * source is an address or interface as for binding.
 * @throws ZmqError EINVAL
 */
export function parseTcpAddress(endpoint: Endpoint, role: 'bind' | 'connect'): TcpAddress {
  const { address, text } = endpoint;
  const end = role === 'connect' ? address.indexOf(';') : -1;
  if (end < 0) return parsePlace(address, text, role);
  const source = parsePlace(address.slice(0, end), text, 'bind');
  return { ...parsePlace(address.slice(end + 1), text, role), source };
}

function parsePlace(address: string, text: string, role: 'bind' | 'connect'): TcpPlace {
  const place = parseTcpPlace(address, role);
  if (place === undefined) throw new ZmqError('EINVAL', { address: text });
  return place;
}

/** The endpoint of a bound address, as ZMQ_LAST_ENDPOINT gives it. */
export function formatTcpEndpoint(host: string, port: number): string {
  return isIPv6(host) ? `tcp://[${host}]:${port}` : `tcp://${host}:${port}`;
}
