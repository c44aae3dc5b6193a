/*
 * node:net's tests of addresses, for threads that need nothing else of it: to load it takes some 3 ms, and hardly an
 * endpoint has an address of IPv6.
 */

type Net = typeof import('node:net');

let net: Net | undefined;

export function isIPv4(text: string): boolean {
  net ??= process.getBuiltinModule('node:net');
  return net.isIPv4(text);
}

export function isIPv6(text: string): boolean {
  net ??= process.getBuiltinModule('node:net');
  return net.isIPv6(text);
}
