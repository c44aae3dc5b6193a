import { isIPv6 } from 'node:net';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Endpoint } from '../../runtime/base/endpoint.js';

/** One end of a connection. */
export interface TcpPlace {
  /** A name, an IPv4 or an IPv6 address without brackets; `*` for every interface. */
  readonly host: string;
  /** 0 lets the system choose; only for binding. */
  readonly port: number;
}

/** A TCP address taken apart. */
export interface TcpAddress extends TcpPlace {
  /** Where a connection is to come from, if that is said. */
  readonly source?: TcpPlace;
}

const PORT_MAX = 65535;

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
  const match = /^(\[[^\]]+\]|[^:;[\]/\s]+):(\*|\d{1,5})$/.exec(address);
  const invalid = new ZmqError('EINVAL', { address: text });
  if (match === null) throw invalid;
  const host = match[1]!.startsWith('[') ? match[1]!.slice(1, -1) : match[1]!;
  if (match[1]!.startsWith('[') && !isIPv6(host)) throw invalid;
  const port = match[2] === '*' ? 0 : Number(match[2]);
  if (port > PORT_MAX) throw invalid;
  if (role === 'connect' && (host === '*' || port === 0)) throw invalid;
  return { host, port };
}

/** The endpoint of a bound address, as ZMQ_LAST_ENDPOINT gives it. */
export function formatTcpEndpoint(host: string, port: number): string {
  return isIPv6(host) ? `tcp://[${host}]:${port}` : `tcp://${host}:${port}`;
}
