import { connect as connectSocket, isIP, type AddressInfo, type Socket } from 'node:net';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { TcpPlace } from '../../runtime/base/tcp-place.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import type { ProxiedReader } from '../socks/proxied-reader.js';
import { acceptFilterOf } from './accept-filter.js';
import { openLink } from './open-link.js';
import { bindError, openListener } from './open-listener.js';
import { loadSocks } from '../seldom.cjs';
import type { LinkReader } from './link.js';
import { StreamLink } from './stream-link.js';
import type { StreamTransport } from './stream-transport.js';
import { formatTcpEndpoint, parseTcpAddress } from './tcp-address.js';
import { interfaceAddress } from './tcp-interface.js';

/** In a second. */
const MILLISECONDS = 1000;

/** tcp: the half that runs in I/O workers. */
export const tcp: StreamTransport = {
  connect(endpoint, profile, reader, opened) {
    const { host, port, source } = parseTcpAddress(parseEndpoint(endpoint), 'connect');
    const from = source === undefined ? {} : placeOf(source, profile);
    if (from.localAddress !== undefined && isIP(from.localAddress) === 0) {
      const nowhere = new ZmqError('ENODEV', { address: endpoint });
      const failing = setImmediate(() => opened(undefined, nowhere));
      return { cancel: () => clearImmediate(failing) };
    }
    const peer = { host, port };
    const proxy = proxyTo(peer, profile, reader);
    const socket = connectSocket({
      ...(proxy?.place ?? peer),
      family: familyOf(profile),
      onread: StreamLink.onread(proxy ?? reader),
      ...from,
    });
    tune(socket, profile);
    return openLink(socket, reader, opened, {
      timeout: profile.connectTimeout,
      objection: connectedToItself,
      proxy,
    });
  },

  // That of the proxy, as in libzmq.
  addressInEvents: (endpoint, { socksProxy }) =>
    socksProxy === null ? endpoint : `tcp://${socksProxy}`,

  async listen(endpoint, profile, acceptor) {
    const { host, port } = parseTcpAddress(parseEndpoint(endpoint), 'bind');
    try {
      // Looked up here, because `listen` would take a name's IPv6 address whatever the option says.
      const place = { host: await find(hostToBind(host, profile), profile), port };
      const tuned = (socket: Socket): void => tune(socket, profile);
      const objects = acceptFilterOf(profile);
      const server = await openListener(place, profile, acceptor, tuned, objects);
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

/** The address that a name stands for. Most endpoints have an address, and need no resolver loaded. */
async function find(host: string, profile: SocketProfile): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { lookup } = process.getBuiltinModule('node:dns/promises');
  return (await lookup(host, { family: familyOf(profile) })).address;
}

/** Who reads in the reader's place while it is the proxy that speaks, if there is one. */
function proxyTo(
  peer: TcpPlace,
  profile: SocketProfile,
  reader: LinkReader,
): ProxiedReader | undefined {
  const { socksProxy } = profile;
  if (socksProxy === null) return undefined;
  const { ProxiedReader: Proxied } = loadSocks();
  return new Proxied(socksProxy, peer, profile, reader);
}

/** A connecter that asks for its own ephemeral port can be connected to itself. */
function connectedToItself(socket: Socket): Error | undefined {
  const { localPort, remotePort, localAddress, remoteAddress } = socket;
  if (localPort !== remotePort || localAddress !== remoteAddress) return undefined;
  return new Error('Connected to itself');
}

/** What newer versions of Node have; an option that wants it is refused in others. */
interface Tunable {
  setKeepAlive(on: boolean, idle: number, interval?: number, count?: number): void;
  setTypeOfService?(service: number): void;
}

/** Off is what the system's sockets are anyway. A delay of 0 is the system's own. */
function tune(socket: Socket & Tunable, profile: SocketProfile): void {
  const { tcpKeepaliveIdle: idle, tcpKeepaliveInterval: interval, tcpKeepaliveCount } = profile;
  if (profile.tcpKeepalive === 1) {
    socket.setKeepAlive(
      true,
      Math.max(idle, 0) * MILLISECONDS,
      interval > 0 ? interval * MILLISECONDS : undefined,
      tcpKeepaliveCount > 0 ? tcpKeepaliveCount : undefined,
    );
  }
  const { typeOfService } = profile;
  if (typeOfService === 0) return;
  // There is nothing to set it on before.
  if (socket.connecting) socket.once('connect', () => mark(socket, typeOfService));
  else mark(socket, typeOfService);
}

/** A peer may be gone already, which shows elsewhere. */
function mark(socket: Socket & Tunable, typeOfService: number): void {
  try {
    socket.setTypeOfService?.(typeOfService);
  } catch {
    socket.destroy();
  }
}

/** Where a connection is to come from, for node:net: `*` and port 0 leave it to the system. */
function placeOf(
  { host, port }: TcpPlace,
  { ipv6 }: SocketProfile,
): { localAddress?: string; localPort?: number } {
  return {
    ...(host === '*' ? {} : { localAddress: interfaceAddress(host, ipv6) ?? host }),
    ...(port === 0 ? {} : { localPort: port }),
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
