import type { Socket } from 'node:net';
import { StreamLink, type LinkReader } from './stream-link.js';
import type { LinkOpener, LinkOpened } from './stream-transport.js';

/**
 * Waits for a socket that is being connected, and makes it a link.
 * @param timeout milliseconds after which it is given up, 0 for none
 * @param objection what is wrong with the connection that was made, if anything is
 */
export function openLink(
  socket: Socket,
  reader: LinkReader,
  opened: LinkOpened,
  timeout = 0,
  objection: (socket: Socket) => Error | undefined = () => undefined,
): LinkOpener {
  const failed = (error: Error): void => {
    clearTimeout(timer);
    opened(undefined, error);
  };
  const stop = (): void => {
    clearTimeout(timer);
    socket.removeAllListeners('connect');
    socket.off('error', failed);
    socket.on('error', () => undefined);
    socket.destroy();
  };
  const late = (): void => {
    stop();
    opened(undefined, Object.assign(new Error('Connection timed out'), { code: 'ETIMEDOUT' }));
  };
  const timer = timeout === 0 ? undefined : setTimeout(late, timeout);
  socket.once('error', failed);
  socket.once('connect', () => {
    clearTimeout(timer);
    socket.off('error', failed);
    const error = objection(socket);
    if (error === undefined) {
      opened(StreamLink.connected(socket, reader), undefined);
    } else {
      socket.destroy();
      opened(undefined, error);
    }
  });
  return { cancel: stop };
}
