import { Buffer } from 'node:buffer';
import { isIPv6 } from './ip.js';

/** One end of a connection. */
export interface TcpPlace {
  /** A name, an IPv4 or an IPv6 address without brackets; `*` for every interface. */
  readonly host: string;
  /** 0 lets the system choose; only for binding. */
  readonly port: number;
}

const PORT_MAX = 65535;
/** Bytes of a name: RFC 1035 has no longer ones, and SOCKS gives their number one octet. */
const HOST_BYTES_MOST = 255;

/** What `host:port`, `[::1]:port`, and for binding `*:port` and `host:*`, stands for; undefined if it is none of them. */
export function parseTcpPlace(text: string, role: 'bind' | 'connect'): TcpPlace | undefined {
  const match = /^(\[[^\]]+\]|[^:;[\]/\s]+):(\*|\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const bracketed = match[1]!.startsWith('[');
  const host = bracketed ? match[1]!.slice(1, -1) : match[1]!;
  if (bracketed && !isIPv6(host)) return undefined;
  if (Buffer.byteLength(host) > HOST_BYTES_MOST) return undefined;
  const port = match[2] === '*' ? 0 : Number(match[2]);
  if (port > PORT_MAX) return undefined;
  if (role === 'connect' && (host === '*' || port === 0)) return undefined;
  return { host, port };
}
