import { lookup } from 'node:dns';
import { createServer, connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import { isErrorCode, ZmqError } from '../../runtime/base/errors.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import type { LinkOpener, StreamTransport } from './stream-transport.js';
import { StreamLink } from './stream-link.js';
import { formatTcpEndpoint, parseTcpAddress } from './tcp-address.js';

/** tcp: the half that runs in I/O workers. */
export const tcp: StreamTransport = {
  connect(endpoint, profile, reader, opened) {
    const { host, port } = parseTcpAddress(parseEndpoint(endpoint), 'connect');
    const socket = connectSocket({
      host,
      port,
      family: familyOf(profile),
      onread: StreamLink.onread(reader),
    });
    return openLink(socket, reader, opened);
  },

  listen(endpoint, profile, accepted, acceptFailed) {
    const { host, port } = parseTcpAddress(parseEndpoint(endpoint), 'bind');
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      accepted((reader) => StreamLink.accepted(socket, reader));
    });
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(bindError(error, endpoint));
      server.once('error', failed);
      const listening = (): void => {
        const address = server.address() as AddressInfo;
        // A failed accept concerns one connection; the listener goes on.
        server.removeAllListeners('error').on('error', acceptFailed);
        resolve({
          endpoint: formatTcpEndpoint(boundHost(host, address, profile), address.port),
          close: () => server.close(),
        });
      };
      // Looked up here, because `listen` would take a name's IPv6 address whatever the option says.
      lookup(bindHost(host, profile), { family: familyOf(profile) }, (error, address) => {
        if (error !== null) failed(error);
        else server.listen({ host: address, port, backlog: profile.backlog }, listening);
      });
    });
  },
};

function openLink(
  socket: Socket,
  reader: Parameters<StreamTransport['connect']>[2],
  opened: Parameters<StreamTransport['connect']>[3],
): LinkOpener {
  const failed = (error: Error): void => opened(undefined, error);
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.off('error', failed);
    // A connecter that asks for its own ephemeral port can be connected to itself.
    if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
      socket.destroy();
      opened(undefined, new Error('Connected to itself'));
      return;
    }
    opened(StreamLink.connected(socket, reader), undefined);
  });
  return {
    cancel() {
      socket.removeAllListeners('connect');
      socket.off('error', failed);
      socket.on('error', () => undefined);
      socket.destroy();
    },
  };
}

function familyOf(profile: SocketProfile): 0 | 4 {
  return profile.ipv6 ? 0 : 4;
}

function bindHost(host: string, profile: SocketProfile): string {
  if (host !== '*') return host;
  return profile.ipv6 ? '::' : '0.0.0.0';
}

function boundHost(host: string, address: AddressInfo, profile: SocketProfile): string {
  return host === '*' ? bindHost(host, profile) : address.address;
}

/** What libzmq answers: the system's code where it is one of ours, ENODEV for a name it cannot find. */
function bindError(error: NodeJS.ErrnoException, address: string): ZmqError {
  const code = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? 'ENODEV' : error.code;
  return new ZmqError(isErrorCode(code) ? code : 'EINVAL', { address, cause: error });
}
