/**
 * Socket types by their octet in the greetings before ZMTP 3 (RFC 15). They are libzmq's numbers, which XPUB and XSUB
 * have, too, though RFC 15 would have them pass for PUB and SUB.
 */
const SOCKET_TYPES = [
  'PAIR',
  'PUB',
  'SUB',
  'REQ',
  'REP',
  'DEALER',
  'ROUTER',
  'PULL',
  'PUSH',
  'XPUB',
  'XSUB',
] as const;

/** @returns undefined for a type that no version before ZMTP 3 knows */
export function socketTypeOctet(name: string): number | undefined {
  const octet = (SOCKET_TYPES as readonly string[]).indexOf(name);
  return octet < 0 ? undefined : octet;
}

/** The name, or what can stand for it in an error. */
export function socketTypeName(octet: number): string {
  return SOCKET_TYPES[octet] ?? `#${octet}`;
}
