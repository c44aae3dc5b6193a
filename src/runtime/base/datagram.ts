import { isIPv4, isIPv6 } from './ip.js';

/** Bytes that a UDP datagram over IPv4 has room for: 65,535 but for the headers of IP and UDP. */
export const DATAGRAM_BYTES_MOST = 65_507;

/** From whom a datagram came, or to whom it goes. */
export interface DatagramPeer {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string;
  readonly port: number;
}

const PORT_MAX = 65_535;
const PEER = /^(?:([\d.]+)|\[([^\]]+)\]):(\d{1,5})$/;

/** Reads `192.0.2.7:5555` or `[2001:db8::7]:5555`; undefined if it is neither. */
export function parsePeer(text: string): DatagramPeer | undefined {
  const match = PEER.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2]!;
  const known = match[1] === undefined ? isIPv6(host) : isIPv4(host);
  return known && port > 0 && port <= PORT_MAX ? { host, port } : undefined;
}

export function formatPeer(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
