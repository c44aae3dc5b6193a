import { isIP, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { formatPeer } from '../../runtime/base/datagram.js';
import type { Endpoint } from '../../runtime/base/endpoint.js';
import { ZmqError } from '../../runtime/base/errors.js';
import { interfaceAddress } from '../stream/tcp-interface.js';

/** A UDP address taken apart. */
export interface UdpAddress {
  readonly text: string;
  /** A name, an IPv4 or an IPv6 address without brackets; `*` for every interface. */
  readonly host: string;
  /** 0 lets the system choose; only for binding. */
  readonly port: number;
  /** Where a group is joined or sent to, if that is said: `*`, the name of an interface, or an address of one. */
  readonly through: string | undefined;
}

const PORT_MAX = 65535;
const HOST = /\[[^\]]+\]|[^:;[\]/\s]+/.source;
const ADDRESS = new RegExp(`^(?:(${HOST});)?(${HOST}):(\\*|\\d{1,5})$`);

/**
 * Parses `host:port` and `interface;group:port`, and for binding also `*:port` and `host:*`.
 * @throws ZmqError EINVAL
 */
export function parseUdpAddress(endpoint: Endpoint, role: 'bind' | 'connect'): UdpAddress {
  const match = ADDRESS.exec(endpoint.address);
  const invalid = new ZmqError('EINVAL', { address: endpoint.text });
  if (match === null) throw invalid;
  const through = match[1] === undefined ? undefined : unbracketed(match[1], invalid);
  const host = unbracketed(match[2]!, invalid);
  const port = match[3] === '*' ? 0 : Number(match[3]);
  if (port > PORT_MAX) throw invalid;
  if (role === 'connect' && (host === '*' || port === 0)) throw invalid;
  if (through !== undefined && !fits(through, host)) throw invalid;
  return { text: endpoint.text, host, port, through };
}

/** An interface is of use to a group alone, is none itself, and, if it is an address, is one of the same family. */
function fits(through: string, group: string): boolean {
  if (!isMulticast(group) || isMulticast(through)) return false;
  return isIP(through) === 0 || isIP(through) === isIP(group);
}

function unbracketed(host: string, invalid: ZmqError): string {
  if (!host.startsWith('[')) return host;
  const inner = host.slice(1, -1);
  if (!isIPv6(inner)) throw invalid;
  return inner;
}

/** Is it an address of a group? A name is none, whatever it stands for. */
export function isMulticast(host: string): boolean {
  if (isIPv6(host)) return /^ff/i.test(host);
  if (!isIPv4(host)) return false;
  const first = Number.parseInt(host, 10);
  return first >= 224 && first <= 239;
}

/**
 * The interface as node:dgram wants it: for IPv4 an address of it, for IPv6 its name. Undefined if the system
 * is to choose.
 * @throws ZmqError ENODEV if there is none of this name, or of this IPv6 address
 */
export function multicastInterface(
  { host, through, text }: UdpAddress,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string | undefined {
  if (through === undefined || through === '*') return undefined;
  let found: string | undefined;
  if (isIPv6(host)) {
    const name = isIPv6(through) ? nameOf(through, interfaces) : through;
    if (name !== undefined && Object.hasOwn(interfaces, name)) found = `::%${name}`;
  } else {
    found = isIPv4(through) ? through : interfaceAddress(through, false, interfaces);
  }
  if (found === undefined) throw new ZmqError('ENODEV', { address: text });
  return found;
}

function nameOf(
  address: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string | undefined {
  return Object.keys(interfaces).find((name) =>
    interfaces[name]!.some((one) => one.address === address),
  );
}

/** The endpoint of a bound address, as ZMQ_LAST_ENDPOINT gives it. */
export function formatUdpEndpoint(host: string, port: number, through?: string): string {
  const group = through === undefined ? '' : `${bracketed(through)};`;
  return `udp://${group}${formatPeer(host, port)}`;
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
