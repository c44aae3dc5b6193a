import type { Duplex } from 'node:stream';

/**
 * A transport of your own: `register(TRANSPORT, () => tls)`. This half is for threads that have sockets, and knows an
 * address when it sees one. The other half is a module, since connections live in I/O workers.
 */
export interface Transport {
  /** What stands before `://`. It may be one of ours, whose place this takes; but not `inproc`. */
  readonly scheme: string;
  /**
   * The URL of a module whose default export is a `TransportModule`. An I/O worker loads it with the first endpoint that it is
   * to bind or connect to.
   */
  readonly module: URL | string;
  /**
   * Says whether it is an address, before anything else is done with it. A ZmqError that it throws is thrown by `bind` or
   * `connect`, and everything else is the cause of EINVAL. Default: everything is an address.
   * @param address what stands behind `://`
   */
  check?(address: string, role: 'bind' | 'connect'): void;
  /**
   * Does binding choose something that the address leaves open, such as a port? Then only `lastEndpoint` takes the bind
   * back. Default: never.
   */
  isWildcard?(address: string): boolean;
}

/**
 * The half of a transport that runs in I/O workers. It must not block them. An error that nobody catches, as of a stream or a
 * server without an `error` listener, ends its worker; another takes its place.
 */
export interface TransportModule {
  /**
   * Tries once to connect. Gives any stream of bytes, as a socket of node:net or node:tls is, when it can be written
   * to. It must not be in use otherwise. What this throws, or rejects with, is the error of the events `close`, and
   * another attempt follows.
   */
  connect(address: string, options: TransportConnectOptions): Duplex | PromiseLike<Duplex>;
  /**
   * Listens; resolves when peers can connect. `bind` throws what this throws: a ZmqError as it is, another by its `code` if
   * that is one of libzmq's, and otherwise as EINVAL with its message.
   */
  listen(
    address: string,
    options: TransportListenOptions,
  ): TransportListener | PromiseLike<TransportListener>;
}

export interface TransportConnectOptions {
  /** Aborted when nobody waits for the connection any more. One that comes all the same is destroyed. */
  readonly signal: AbortSignal;
}

export interface TransportListenOptions {
  /** The socket's option: connections that may wait to be accepted. */
  readonly backlog: number;
  /** Takes a connection in, when it can be written to. It need not be paused. */
  readonly accept: (connection: Duplex) => void;
  /** A connection was not accepted, and the listener goes on: the event `accept:error`. */
  readonly failed: (error: Error) => void;
}

export interface TransportListener {
  /** What it is bound to, with wildcards resolved, to stand behind `://`. */
  readonly address: string;
  /** Accepts no more. What was accepted stays. What it throws, or rejects with, is the event `close:error`. */
  close(): unknown;
}
