/** What carries messages between a session's pipe and the network: a connection, or a socket for datagrams. */
export interface SessionEngine {
  /** Does it serve the pipe, now? */
  readonly serves: boolean;
  /** Nothing is on its way to the kernel. */
  readonly idle: boolean;
  /** There is something to send. */
  pump(): void;
  /** There is room for what was received. */
  resume(): void;
  /** Everything has been sent: closes in order. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What an engine tells its session. */
export interface SessionEvents {
  /** Everything that was in the pipe is in the kernel. */
  flushed(): void;
  /** The kernel has not got a message whole, and will not. */
  messageTorn(): void;
}
