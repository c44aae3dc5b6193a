import type { Socket } from 'node:net';
import { StreamLink, type LinkReader } from './stream-link.js';
import type { LinkOpener, LinkOpened } from './stream-transport.js';

/**
 * Waits for a socket that is being connected, and makes it a link.
 * @param objection what is wrong with the connection that was made, if anything is
 */
export function openLink(
  socket: Socket,
  reader: LinkReader,
  opened: LinkOpened,
  objection: (socket: Socket) => Error | undefined = () => undefined,
): LinkOpener {
  const failed = (error: Error): void => opened(undefined, error);
  socket.once('error', failed);
  socket.once('connect', () => {
    socket.off('error', failed);
    const error = objection(socket);
    if (error === undefined) {
      opened(StreamLink.connected(socket, reader), undefined);
    } else {
      socket.destroy();
      opened(undefined, error);
    }
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
