import { BlockList, type Socket } from 'node:net';
import { ZmqError } from '../../runtime/base/errors.js';
import { parseNetworks } from '../../runtime/base/networks.js';
import type { SocketProfile } from '../../runtime/context/commands.js';

/** Says why a connection that came in is closed unread; undefined if it is not. */
export type AcceptFilter = (socket: Socket) => Error | undefined;

/** Whom a listener of tcp lets in; undefined if that is everybody. */
export function acceptFilterOf({ tcpAcceptFilter }: SocketProfile): AcceptFilter | undefined {
  if (tcpAcceptFilter === null) return undefined;
  // What is in this list is let in. It knows IPv4 addresses that come in IPv6's form, too.
  const admitted = new BlockList();
  for (const { address, bits, family } of parseNetworks(tcpAcceptFilter)!) {
    admitted.addSubnet(address, bits, family);
  }
  return ({ remoteAddress, remoteFamily }) => {
    // A peer that has left already has none.
    const family = remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4';
    if (remoteAddress !== undefined && admitted.check(remoteAddress, family)) return undefined;
    return new ZmqError('EACCES', { message: 'No network of tcpAcceptFilter has the peer' });
  };
}
