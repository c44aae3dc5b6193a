import { lookup } from 'node:dns/promises';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import { openLink } from './open-link.js';
import { bindError, openListener } from './open-listener.js';
import { StreamLink } from './stream-link.js';
import type { StreamTransport } from './stream-transport.js';
import { formatTcpEndpoint, parseTcpAddress } from './tcp-address.js';
import { interfaceAddress } from './tcp-interface.js';

/** In a second. */
const MILLISECONDS = 1000;

/** tcp: the half that runs in I/O workers. */
export const tcp: StreamTransport = {
  connect(endpoint, profile, reader, opened) {
    const { host, port } = parseTcpAddress(parseEndpoint(endpoint), 'connect');
    const socket = connectSocket({
      host,
      port,
      family: familyOf(profile),
      onread: StreamLink.onread(reader),
      ...keepAlive(profile),
    });
    return openLink(socket, reader, opened, profile.connectTimeout, connectedToItself);
  },

  async listen(endpoint, profile, acceptor) {
    const { host, port } = parseTcpAddress(parseEndpoint(endpoint), 'bind');
    try {
      // Looked up here, because `listen` would take a name's IPv6 address whatever the option says.
      const found = await lookup(hostToBind(host, profile), { family: familyOf(profile) });
      const place = { host: found.address, port };
      const server = await openListener(place, profile, acceptor, keepAlive(profile));
      const bound = server.address() as AddressInfo;
      return {
        endpoint: formatTcpEndpoint(bound.address, bound.port),
        close: () => void server.close(),
      };
    } catch (error) {
      throw bindError(error, endpoint);
    }
  },
};

/** A connecter that asks for its own ephemeral port can be connected to itself. */
function connectedToItself(socket: Socket): Error | undefined {
  const { localPort, remotePort, localAddress, remoteAddress } = socket;
  if (localPort !== remotePort || localAddress !== remoteAddress) return undefined;
  return new Error('Connected to itself');
}

/** Off is what the system's sockets are anyway. A delay of 0 is the system's own. */
function keepAlive({ tcpKeepalive, tcpKeepaliveIdle }: SocketProfile): {
  keepAlive: boolean;
  keepAliveInitialDelay: number;
} {
  return {
    keepAlive: tcpKeepalive === 1,
    keepAliveInitialDelay: Math.max(tcpKeepaliveIdle, 0) * MILLISECONDS,
  };
}

function familyOf(profile: SocketProfile): 0 | 4 {
  return profile.ipv6 ? 0 : 4;
}

/** The name or address that an endpoint means. On `::` the kernel listens for IPv4, too. */
function hostToBind(host: string, { ipv6 }: SocketProfile): string {
  if (host === '*') return ipv6 ? '::' : '0.0.0.0';
  // Interfaces first, as in libzmq.
  return interfaceAddress(host, ipv6) ?? host;
}
