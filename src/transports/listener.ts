import type { BindCommand } from '../runtime/context/commands.js';
import { ConnectionMaker, ConnectionSession } from './connection-session.js';
import type { IoHost } from './io-host.js';
import type { LinkReader, StreamLink } from './stream/stream-link.js';
import type { BoundListener } from './stream/stream-transport.js';

/** The session of an accepted connection. */
export class AcceptedSession extends ConnectionSession {
  constructor(
    host: IoHost,
    command: BindCommand,
    listener: Listener,
    open: (reader: LinkReader) => StreamLink,
  ) {
    super(host, command, listener);
    this.engine = this.newEngine();
    this.engine.open(open(this.engine));
  }
}

/** A bound endpoint in its I/O worker. */
export class Listener extends ConnectionMaker {
  private bound: BoundListener | undefined;
  private closed = false;

  constructor(readonly id: number) {
    super();
  }

  /** Binding is over. If the socket was closed meanwhile, so is this. */
  listening(bound: BoundListener): void {
    this.bound = bound;
    if (this.closed) bound.close();
  }

  override lost(): void {
    // Whoever connected connects again.
  }

  override close(): void {
    this.closed = true;
    this.bound?.close();
    this.abortStrangers();
  }
}
