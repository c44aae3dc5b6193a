import type { BindCommand } from '../runtime/context/commands.js';
import { PIPE_LISTENER, PIPE_SESSION } from '../runtime/pipe/layout.js';
import { announce, Pipe } from '../runtime/pipe/pipe.js';
import type { IoHost } from './io-host.js';
import { Session } from './session.js';

/** What makes connections for a socket: a listener, or a connecter whose socket has `immediate` set. */
export interface ConnectionMaker {
  /** By which the socket knows whose pipes are welcome. */
  readonly id: number;
  /** Connections in their handshake: nobody's yet, and gone with their maker. */
  readonly strangers: Set<ConnectionSession>;
  /** A connection that it made has been lost. `error` is missing if the peer closed it in order. */
  lost(error: Error | undefined): void;
}

/**
 * The session of a single connection. It makes its pipe when the handshake is over, so that a stranger
 * costs the socket nothing, and ends with its connection.
 */
export abstract class ConnectionSession extends Session {
  constructor(
    host: IoHost,
    private readonly command: Omit<BindCommand, 'endpoint'>,
    private readonly maker: ConnectionMaker,
  ) {
    super(host, command.profile);
    maker.strangers.add(this);
  }

  override handshaken(): Pipe {
    const { profile, slot, socket } = this.command;
    const { thread } = this.host;
    const marks = { send: profile.receiveHighWaterMark, receive: profile.sendHighWaterMark };
    const pipe = Pipe.create(thread, PIPE_SESSION, marks, slot, socket);
    pipe.events = this;
    pipe.linger = profile.linger;
    thread.words[pipe.at + PIPE_LISTENER] = this.maker.id;
    this.pipe = pipe;
    this.maker.strangers.delete(this);
    announce(thread.words, pipe.at, slot);
    return pipe;
  }

  override disconnected(error: Error | undefined): void {
    this.engine = undefined;
    this.pipe?.terminate();
    this.finish();
    this.maker.lost(error);
  }

  protected override finish(): void {
    this.maker.strangers.delete(this);
    super.finish();
  }
}
