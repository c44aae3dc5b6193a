import { ProtocolError, printable } from './protocol-error.js';

/**
 * Whether a peer's socket type may talk to ours. Which types fit which is the patterns' knowledge:
 * they pass the list.
 *
 * A peer that names no type is accepted, as in libzmq.
 *
 * @param peerType value of the peer's Socket-Type property, undefined if it sent none
 * @param allowed the types that may be at the other end, spelled as on the wire
 * @throws ProtocolError ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE, fatal
 */
export function checkSocketType(peerType: string | undefined, allowed: readonly string[]): void {
  if (peerType === undefined || allowed.includes(peerType)) return;
  throw new ProtocolError(
    'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE',
    `The peer is a ${printable(peerType)} socket, expected ${allowed.join(' or ')}`,
    { fatal: true },
  );
}
