import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { isErrorCode, ZmqError } from '../../runtime/base/errors.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import type { AcceptFilter } from './accept-filter.js';
import { peerAddressOf } from './link.js';
import { StreamLink } from './stream-link.js';
import type { LinkAcceptor } from './stream-transport.js';

/**
 * Listens where `place` says. Rejects with the system's error.
 * @param tune done to each connection that is accepted
 * @param objects to those that it says, which are closed at once
 */
export function openListener(
  place: ListenOptions,
  { backlog }: SocketProfile,
  acceptor: LinkAcceptor,
  tune: (socket: Socket) => void = () => undefined,
  objects?: AcceptFilter,
): Promise<Server> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const objection = objects?.(socket);
    if (objection !== undefined) {
      acceptor.acceptFailed(objection, peerAddressOf(socket));
      socket.destroy();
      return;
    }
    tune(socket);
    acceptor.accepted({
      // Asked at once: whoever waits for its turn may be gone by then.
      peerAddress: peerAddressOf(socket),
      open: (reader) => StreamLink.accepted(socket, reader),
      refuse: () => void socket.destroy(),
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // node:net takes 0 as nothing said; the kernel makes room for one of it, too.
    server.listen({ ...place, backlog: Math.max(backlog, 1) }, () => {
      // A failed accept concerns one connection; the listener goes on.
      server.off('error', reject).on('error', (error) => acceptor.acceptFailed(error));
      resolve(server);
    });
  });
}

/** What libzmq answers: the system's code where it is one of ours, ENODEV for a name it cannot find. */
export function bindError(error: unknown, address: string): ZmqError {
  if (error instanceof ZmqError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const known = code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'ENODEV' : code;
  return new ZmqError(isErrorCode(known) ? known : 'EINVAL', {
    address,
    // Here it is not an endpoint that is missing.
    message: known === 'ENOENT' ? 'No such file or directory' : undefined,
    cause: error,
  });
}
