import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseEndpoint } from '../../runtime/base/endpoint.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import { type IpcAddress, parseIpcAddress } from './ipc-address.js';
import { whileOthersWait } from './ipc-lock.js';
import { removeStale } from './ipc-stale.js';
import { openLink } from './open-link.js';
import { bindError, openListener } from './open-listener.js';
import { StreamLink } from './stream-link.js';
import type { BoundListener, LinkAcceptor, StreamTransport } from './stream-transport.js';

/** ipc: Unix sockets, the half that runs in I/O workers. */
export const ipc: StreamTransport = {
  connect(endpoint, _profile, reader, opened) {
    const { path } = parseIpcAddress(parseEndpoint(endpoint), 'connect')!;
    const socket = connectSocket({ path, onread: StreamLink.onread(reader) });
    return openLink(socket, reader, opened);
  },

  addressInEvents: (endpoint) => endpoint,

  async listen(endpoint, profile, acceptor) {
    try {
      const address = parseIpcAddress(parseEndpoint(endpoint), 'bind');
      return address === undefined
        ? await listenAnywhere(profile, acceptor)
        : await listenAt(address, endpoint, profile, acceptor);
    } catch (error) {
      throw bindError(error, endpoint);
    }
  },
};

/** On a path in a folder that is ours alone, and goes with the listener. */
async function listenAnywhere(
  profile: SocketProfile,
  acceptor: LinkAcceptor,
): Promise<BoundListener> {
  const { mkdtemp } = process.getBuiltinModule('node:fs/promises');
  const folder = await mkdtemp(join(tmpdir(), 'loomwire-'));
  try {
    const endpoint = `ipc://${join(folder, 'socket')}`;
    // A temporary folder may have a long name.
    const address = parseIpcAddress(parseEndpoint(endpoint), 'bind')!;
    const bound = await listenAt(address, endpoint, profile, acceptor);
    const close = (): void => {
      bound.close();
      removeEmpty(folder);
    };
    return { endpoint, close };
  } catch (error) {
    process.getBuiltinModule('node:fs').rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What others have put into it is not ours to remove. @throws the system's error, ENOTEMPTY for that */
function removeEmpty(folder: string): void {
  try {
    process.getBuiltinModule('node:fs').rmdirSync(folder);
  } catch (error) {
    // Something that cleans up temporary folders was here first.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function listenAt(
  address: IpcAddress,
  endpoint: string,
  profile: SocketProfile,
  acceptor: LinkAcceptor,
): Promise<BoundListener> {
  const { path, file } = address;
  const listen = async (): Promise<BoundListener> => {
    const server = await openListener({ path }, profile, acceptor);
    // Closing removes the file.
    return { endpoint, close: () => void server.close() };
  };
  if (!file) return listen();
  return whileOthersWait(path, async () => {
    try {
      return await listen();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // libuv says so of a missing folder, too.
      if (code === 'EACCES') {
        await process.getBuiltinModule('node:fs/promises').access(dirname(path));
      }
      if (code !== 'EADDRINUSE' || !(await removeStale(path))) throw error;
      return listen();
    }
  });
}
