import type { BindCommand, TopicsCommand } from '../runtime/context/commands.js';
import { PIPE_LISTENER, PIPE_SESSION } from '../runtime/pipe/layout.js';
import { announce, Pipe } from '../runtime/pipe/pipe.js';
import type { Account } from './account.js';
import { tellHiccup } from './giving-up.js';
import type { IoHost } from './io-host.js';
import { ConnectionReporter, type EndpointReporter } from './reporter.js';
import { NOTHING_SAID, StreamSession } from './stream-session.js';
import type { PeerProperties } from './zmtp/handshake.js';

/** What makes connections for a socket: a listener, or a connecter whose socket has `immediate` set. */
export abstract class ConnectionMaker {
  /** By which the socket knows whose pipes are welcome. */
  abstract readonly id: number;
  abstract readonly reporter: EndpointReporter;
  /** Slot of the socket's thread. */
  abstract readonly slot: number;
  /** Of all messages that go out through it. */
  abstract readonly account: Account;
  /** Connections in their handshake: nobody's yet, and gone with their maker. */
  readonly strangers = new Set<ConnectionSession>();
  /** What the socket has subscribed to: a publisher is told at once, whatever the socket's thread does. */
  readonly topics = new Set<string>();

  changeTopics({ kind, topics }: TopicsCommand): void {
    for (const topic of topics) {
      if (kind === 'subscribe') this.topics.add(topic);
      else this.topics.delete(topic);
    }
  }

  /** A connection is over, or nobody's no longer. */
  settled(session: ConnectionSession): void {
    this.strangers.delete(session);
  }

  /** Is it this side that connects? */
  abstract readonly connects: boolean;

  /**
   * A connection that it made has been lost. `error` is missing if the peer closed it in order.
   * @param shaken its handshake was over
   */
  abstract lost(error: Error | undefined, shaken: boolean): void;

  /** Makes no more. A connection that stands ends when the socket leaves its pipe. */
  abstract close(): void;

  protected abortStrangers(): void {
    for (const stranger of [...this.strangers]) stranger.abort();
  }
}

/**
 * The session of a single connection. It makes its pipe when the handshake is over, so that a stranger
 * costs the socket nothing, and ends with its connection.
 */
export abstract class ConnectionSession extends StreamSession {
  protected readonly reporter: ConnectionReporter;

  constructor(
    host: IoHost,
    private readonly command: Omit<BindCommand, 'endpoint'>,
    private readonly maker: ConnectionMaker,
  ) {
    super(host, command.profile, maker.account, maker.topics);
    this.reporter = new ConnectionReporter(maker.reporter);
    maker.strangers.add(this);
  }

  override handshaken(peer: PeerProperties, address: string | undefined): Pipe {
    // Before there is a pipe: whoever has no proper name never costs the socket one.
    const id = this.routingIdOf(peer);
    return this.makePipe((pipe) => {
      pipe.startSmall();
      this.introduce(pipe, id);
      this.describe(pipe, peer, address);
      this.reporter.handshaken();
    });
  }

  override opened(address: string | undefined): Pipe {
    return this.makePipe((pipe) => {
      this.describe(pipe, NOTHING_SAID, address);
      this.reporter.withoutHandshake();
    });
  }

  /** @param begin what there is to say before the socket knows of the pipe */
  private makePipe(begin: (pipe: Pipe) => void): Pipe {
    const { profile, slot, socket } = this.command;
    const { thread } = this.host;
    const marks = { send: profile.receiveHighWaterMark, receive: profile.sendHighWaterMark };
    const pipe = Pipe.create(thread, PIPE_SESSION, marks, slot, socket);
    pipe.events = this;
    pipe.linger = profile.linger;
    pipe.enlist(0);
    thread.words[pipe.at + PIPE_LISTENER] = this.maker.id;
    this.pipe = pipe;
    try {
      begin(pipe);
    } finally {
      // Also when there was no memory for the name: an end that was never announced could not be left.
      announce(thread.words, pipe.at, slot);
      this.maker.settled(this);
    }
    return pipe;
  }

  override disconnected(error: Error | undefined): void {
    this.engine = undefined;
    this.reporter.lost(error);
    const { shaken } = this.reporter;
    if (shaken && this.pipe !== undefined && this.maker.connects) {
      tellHiccup(this.pipe, this.profile);
    }
    this.leavePipe();
    this.finish();
    this.maker.lost(error, shaken);
  }

  protected override finish(): void {
    super.finish();
    this.maker.settled(this);
  }
}
