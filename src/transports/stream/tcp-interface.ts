import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/**
 * Address of a network interface, as libzmq has it: the first IPv4 address, or with `ipv6` the first of
 * IPv6, and IPv4 only if there is none. Undefined if no interface has that name.
 */
export function interfaceAddress(
  name: string,
  ipv6: boolean,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): string | undefined {
  const addresses = interfaces[name] ?? [];
  const four = addresses.find(({ family }) => family === 'IPv4');
  const six = addresses.find(({ family }) => family === 'IPv6');
  const chosen = ipv6 ? (six ?? four) : four;
  if (chosen === undefined) return undefined;
  // Of a link-local address the system must be told which link.
  return chosen.family === 'IPv6' && chosen.scopeid > 0
    ? `${chosen.address}%${name}`
    : chosen.address;
}
