import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { TransportModule } from '../../../src/index.js';
import { CERTIFICATE, KEY } from '../../support/certificate.js';
import { placeOf } from './place.js';

/** Whom clients trust: nobody, if the URL says so. */
const trusted =
  new URL(import.meta.url).searchParams.get('trust') === 'nobody' ? [] : [CERTIFICATE];

const transport: TransportModule = {
  async connect(address, { signal }) {
    const socket = connect({ ...placeOf(address), ca: trusted });
    signal.addEventListener('abort', () => socket.destroy(signal.reason as Error));
    await once(socket, 'secureConnect');
    return socket;
  },

  async listen(address, { accept, failed, backlog }) {
    const server = createServer({ cert: CERTIFICATE, key: KEY }, accept);
    server.on('tlsClientError', failed).listen({ ...placeOf(address), backlog });
    await once(server, 'listening');
    const { address: host, port } = server.address() as AddressInfo;
    return { address: `${host}:${port}`, close: () => server.close() };
  },
};

export default transport;
