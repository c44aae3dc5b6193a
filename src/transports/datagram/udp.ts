import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import { bindError } from '../stream/open-listener.js';
import { interfaceAddress } from '../stream/tcp-interface.js';
import {
  formatUdpEndpoint,
  isMulticast,
  multicastInterface,
  parseUdpAddress,
} from './udp-address.js';
import { UdpLink } from './udp-link.js';

/** A link that receives, and the endpoint it is bound to, with wildcards resolved. */
export interface BoundLink {
  readonly link: UdpLink;
  readonly endpoint: string;
}

/** A link that sends to an endpoint. Rejects with the system's error. */
export async function connectUdp(endpoint: string, profile: SocketProfile): Promise<UdpLink> {
  const address = parseUdpAddress(parseEndpoint(endpoint), 'connect');
  const { address: host } = await lookup(address.host, {
    family: profile.ipv6 ? 0 : familyOf(address.host),
  });
  const six = isIPv6(host);
  const socket = await bound(six, 0, six ? '::' : '0.0.0.0', false, profile);
  try {
    if (isMulticast(host)) setMulticast(socket, profile, multicastInterface({ ...address, host }));
    return new UdpLink(socket, six, { host, port: address.port });
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * A link that receives what is sent to an endpoint.
 * @throws ZmqError with the system's code
 */
export async function bindUdp(endpoint: string, profile: SocketProfile): Promise<BoundLink> {
  try {
    const address = parseUdpAddress(parseEndpoint(endpoint), 'bind');
    const named = hostToBind(address.host, profile);
    const { address: host } = await lookup(named, { family: profile.ipv6 ? 0 : familyOf(named) });
    const six = isIPv6(host);
    if (!isMulticast(host)) {
      // Shared as libzmq does it, but for a port that the system chooses: that is to be nobody else's.
      const socket = await bound(six, address.port, host, address.port !== 0, profile);
      setMulticast(socket, profile);
      const port = socket.address().port;
      return {
        link: new UdpLink(socket, six, undefined),
        endpoint: formatUdpEndpoint(socket.address().address, port),
      };
    }
    const through = multicastInterface({ ...address, host });
    const any = six ? '::' : '0.0.0.0';
    const socket = await bound(
      six,
      address.port === 0 ? await freePort(six) : address.port,
      any,
      true,
      profile,
    );
    try {
      socket.addMembership(host, through);
      setMulticast(socket, profile, through);
    } catch (error) {
      socket.close();
      throw error;
    }
    return {
      link: new UdpLink(socket, six, undefined),
      endpoint: formatUdpEndpoint(host, socket.address().port, address.through),
    };
  } catch (error) {
    throw bindError(error, endpoint);
  }
}

/**
 * A port that nobody has. Members of a group share one, so that it is bound with SO_REUSEADDR; and of those
 * ports the system chooses one that others share already.
 */
async function freePort(six: boolean): Promise<number> {
  const socket = await bound(six, 0, six ? '::' : '0.0.0.0', false);
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function bound(
  six: boolean,
  port: number,
  address: string,
  shared: boolean,
  profile?: SocketProfile,
): Promise<Socket> {
  const options: SocketOptions = {
    type: six ? 'udp6' : 'udp4',
    reuseAddr: shared,
    lookup: numeric,
  };
  if (profile !== undefined) {
    const { sendBufferSize, receiveBufferSize } = profile;
    // node:dgram takes 0 as nothing said; the system has a least size of its own.
    if (sendBufferSize !== -1) options.sendBufferSize = Math.max(sendBufferSize, 1);
    if (receiveBufferSize !== -1) options.recvBufferSize = Math.max(receiveBufferSize, 1);
  }
  const socket = createSocket(options);
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    socket.bind({ port, address, exclusive: true }, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** Addresses are numbers here; node:dgram would look each of them up, with a turn of the event loop. */
const numeric: NonNullable<SocketOptions['lookup']> = (host, { family }, found) => {
  found(null, host, family as number);
};

function setMulticast(
  socket: Socket,
  { multicastHops, multicastLoop }: SocketProfile,
  through?: string,
): void {
  socket.setMulticastTTL(multicastHops);
  socket.setMulticastLoopback(multicastLoop);
  if (through !== undefined) socket.setMulticastInterface(through);
}

/** Addresses of IPv6 are understood whatever the option says; names are IPv4 without it. */
function familyOf(host: string): 4 | 6 {
  return isIPv6(host) ? 6 : 4;
}

/** The name or address that an endpoint means. */
function hostToBind(host: string, { ipv6 }: SocketProfile): string {
  if (host === '*') return ipv6 ? '::' : '0.0.0.0';
  // Interfaces first, as in libzmq.
  return interfaceAddress(host, ipv6) ?? host;
}
