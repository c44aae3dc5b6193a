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
    if (remoteAddress !== undefined && has(admitted, remoteAddress, remoteFamily)) return undefined;
    return new ZmqError('EACCES', { message: 'No network of tcpAcceptFilter has the peer' });
  };
}

function has(list: BlockList, address: string, family: string | undefined): boolean {
  try {
    return list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
  } catch {
    // What Node cannot read is in no network; it must not end the I/O worker, and with it everybody's connections.
    return false;
  }
}
