import type { SocketProfile } from '../../runtime/context/commands.js';
import type { Link, LinkReader } from './link.js';

/** A connection attempt. */
export interface LinkOpener {
  /** Gives up; `opened` is not called any more. */
  cancel(): void;
}

/** Called once, later, with a link or with the reason why there is none. */
export type LinkOpened = (link: Link | undefined, error: Error | undefined) => void;

export interface BoundListener {
  /** With wildcards resolved. */
  readonly endpoint: string;
  /** Accepts no more. What was accepted stays. @throws the system's error if it leaves something behind */
  close(): void;
}

/** A connection that was accepted and lies there unread; one of these is called, once. */
export interface AcceptedLink {
  /** As the link's; known though it was never made. */
  readonly peerAddress: string | undefined;
  /** Makes the link, for a reader. */
  open(reader: LinkReader): Link;
  /** Closes the connection. */
  refuse(): void;
}

/** Who takes the connections of a listener. */
export interface LinkAcceptor {
  accepted(link: AcceptedLink): void;
  /** A connection could not be accepted, or was refused; the listener goes on. @param peerAddress if it is known */
  acceptFailed(error: Error, peerAddress?: string): void;
  /** The listener, which was closed, has left something behind. */
  closeFailed(error: Error): void;
}

/** A transport over byte streams, as I/O workers use it: tcp, ipc, and users' own. */
export interface StreamTransport {
  /** Tries once to connect. */
  connect(
    endpoint: string,
    profile: SocketProfile,
    reader: LinkReader,
    opened: LinkOpened,
  ): LinkOpener;

  /** What events of a connected endpoint have as their address. */
  addressInEvents(endpoint: string, profile: SocketProfile): string;

  /**
   * Listens.
   * @throws ZmqError with the system's code
   */
  listen(endpoint: string, profile: SocketProfile, acceptor: LinkAcceptor): Promise<BoundListener>;
}
