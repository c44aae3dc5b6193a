import type { Socket } from 'node:net';
import type { LinkReader } from './link.js';
import { StreamLink } from './stream-link.js';
import type { LinkOpener, LinkOpened } from './stream-transport.js';
import { systemError } from './system-error.js';

/** A proxy: it is talked to over the connection, until that is one to the peer. */
export interface ProxyTalk {
  /** Milliseconds that it may take, 0 for any number. */
  readonly patience: number;
  /** The connection to the proxy stands. Calls `over` once, later: with what has gone wrong, if anything has. */
  begin(socket: Socket, over: (error: Error | undefined) => void): void;
}

/** What else there is to a connection that is being made. */
export interface LinkTerms {
  /** Milliseconds after which it is given up, 0 for none. What is said to a proxy counts. */
  readonly timeout?: number;
  /** What is wrong with the connection that was made, if anything is. */
  readonly objection?: (socket: Socket) => Error | undefined;
  /** Whom the connection is made to, if not to the peer. */
  readonly proxy?: ProxyTalk | undefined;
}

/** Waits for a socket that is being connected, and makes it a link. */
export function openLink(
  socket: Socket,
  reader: LinkReader,
  opened: LinkOpened,
  { timeout = 0, objection, proxy }: LinkTerms = {},
): LinkOpener {
  const timers: NodeJS.Timeout[] = [];
  const giveUpAfter = (milliseconds: number): void => {
    if (milliseconds > 0) timers.push(setTimeout(late, milliseconds));
  };
  const release = (): void => {
    for (const timer of timers) clearTimeout(timer);
    socket.removeAllListeners('connect');
    socket.off('error', failed);
    socket.off('close', left);
  };
  const stop = (): void => {
    release();
    socket.on('error', () => undefined);
    socket.destroy();
  };
  const failed = (error: Error): void => {
    stop();
    opened(undefined, error);
  };
  const late = (): void => failed(systemError('ETIMEDOUT', 'Connection timed out'));
  const left = (): void => failed(systemError('ECONNRESET', 'The proxy closed the connection'));
  const stands = (): void => {
    release();
    opened(StreamLink.connected(socket, reader), undefined);
  };
  giveUpAfter(timeout);
  socket.once('error', failed);
  socket.once('connect', () => {
    const error = objection?.(socket);
    if (error !== undefined) {
      failed(error);
    } else if (proxy === undefined) {
      stands();
    } else {
      socket.once('close', left);
      giveUpAfter(proxy.patience);
      proxy.begin(socket, (wrong) => (wrong === undefined ? stands() : failed(wrong)));
    }
  });
  return { cancel: stop };
}
