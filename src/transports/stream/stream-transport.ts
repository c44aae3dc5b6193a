import type { SocketProfile } from '../../runtime/context/commands.js';
import type { LinkReader, StreamLink } from './stream-link.js';

/** A connection attempt. */
export interface LinkOpener {
  /** Gives up; `opened` is not called any more. */
  cancel(): void;
}

export interface BoundListener {
  /** With wildcards resolved. */
  readonly endpoint: string;
  /** Accepts no more. What was accepted stays. */
  close(): void;
}

/** A transport over byte streams, as I/O workers use it: tcp, and ipc when it comes. */
export interface StreamTransport {
  /** Tries once to connect. `opened` is called once, later, with a link or an error. */
  connect(
    endpoint: string,
    profile: SocketProfile,
    reader: LinkReader,
    opened: (link: StreamLink | undefined, error: Error | undefined) => void,
  ): LinkOpener;

  /**
   * Listens. Each connection is handed over unread, as a function that makes the link once there is a
   * reader for it. `failed` hears of connections that could not be accepted.
   * @throws ZmqError with the system's code
   */
  listen(
    endpoint: string,
    profile: SocketProfile,
    accepted: (open: (reader: LinkReader) => StreamLink) => void,
    failed: (error: Error) => void,
  ): Promise<BoundListener>;
}
