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
  terms: LinkTerms = {},
): LinkOpener {
  return new Opening(socket, reader, opened, terms);
}

/** A connection that is being made; thousands may be at a time. */
class Opening implements LinkOpener {
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly reader: LinkReader,
    private readonly opened: LinkOpened,
    private readonly terms: LinkTerms,
  ) {
    this.giveUpAfter(terms.timeout ?? 0);
    socket.once('error', this.failed);
    socket.once('connect', this.connected);
  }

  cancel(): void {
    this.release();
    this.socket.on('error', () => undefined);
    this.socket.destroy();
  }

  private giveUpAfter(milliseconds: number): void {
    if (milliseconds <= 0) return;
    const late = (): void => this.failed(systemError('ETIMEDOUT', 'Connection timed out'));
    this.timers.push(setTimeout(late, milliseconds));
  }

  private release(): void {
    const { socket } = this;
    for (const timer of this.timers) clearTimeout(timer);
    // One by one: after `removeAllListeners` Node deletes each, which makes a dictionary of 448 bytes of the rest.
    socket.off('connect', this.connected);
    socket.off('error', this.failed);
    if (this.terms.proxy !== undefined) socket.off('close', this.left);
  }

  private readonly failed = (error: Error): void => {
    this.cancel();
    this.opened(undefined, error);
  };

  private readonly connected = (): void => {
    const { socket } = this;
    const { objection, proxy } = this.terms;
    const error = objection?.(socket);
    if (error !== undefined) {
      this.failed(error);
    } else if (proxy === undefined) {
      this.stands();
    } else {
      socket.once('close', this.left);
      this.giveUpAfter(proxy.patience);
      proxy.begin(socket, (wrong) => (wrong === undefined ? this.stands() : this.failed(wrong)));
    }
  };

  private readonly left = (): void =>
    this.failed(systemError('ECONNRESET', 'The proxy closed the connection'));

  private stands(): void {
    this.release();
    this.opened(StreamLink.connected(this.socket, this.reader), undefined);
  }
}
