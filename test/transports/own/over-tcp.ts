import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import type { TransportModule } from '../../../src/index.js';
import { placeOf } from './place.js';

/** The half for I/O workers of a transport that is tcp by another name. */
const transport: TransportModule = {
  async connect(address, { signal }) {
    const socket = connect({ ...placeOf(address), signal });
    await once(socket, 'connect');
    return socket;
  },

  async listen(address, { accept, backlog }) {
    const server = createServer(accept).listen({ ...placeOf(address), backlog });
    await once(server, 'listening');
    const { address: host, port } = server.address() as AddressInfo;
    return { address: `${host}:${port}`, close: () => server.close() };
  },
};

export default transport;
