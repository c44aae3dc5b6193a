import { isIPv4, isIPv6 } from './ip.js';

/** Addresses that begin alike. */
export interface Network {
  readonly address: string;
  /** So many bits. */
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

const SEPARATOR = ', ';
const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** What `address/bits`, an address alone, or several of them with commas between stands for; undefined if it is none. */
export function parseNetworks(text: string): Network[] | undefined {
  const networks: Network[] = [];
  for (const each of text.split(SEPARATOR)) {
    const match = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(each);
    if (match === null) return undefined;
    const address = match[1]!;
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    if (family === undefined) return undefined;
    const most = family === 'ipv4' ? IPV4_BITS : IPV6_BITS;
    const bits = match[2] === undefined ? most : Number(match[2]);
    if (bits > most) return undefined;
    networks.push({ address, bits, family });
  }
  return networks;
}

/** As libzmq has it: each is one more, and null takes all away. */
export function withNetworks(networks: string | null, more: string | null): string | null {
  if (networks === null || more === null) return more;
  return [...new Set([networks, more].flatMap((text) => text.split(SEPARATOR)))].join(SEPARATOR);
}
