import type { BindCommand, TopicsCommand } from '../runtime/context/commands.js';
import { PIPE_LISTENER, PIPE_SESSION } from '../runtime/pipe/layout.js';
import { announce, Pipe } from '../runtime/pipe/pipe.js';
import type { IoHost } from './io-host.js';
import { ConnectionReporter, type EndpointReporter } from './reporter.js';
import { Session } from './session.js';
import type { LinkReader, StreamLink } from './stream/stream-link.js';
import type { BoundListener } from './stream/stream-transport.js';
import type { PeerProperties } from './zmtp/handshake.js';

/**
 * The session of one accepted connection. It makes its pipe when the handshake is over, so a stranger
 * costs the socket nothing, and ends with its connection.
 */
export class AcceptedSession extends Session {
  private readonly reporter: ConnectionReporter;

  constructor(
    host: IoHost,
    private readonly command: BindCommand,
    private readonly listener: Listener,
    open: (reader: LinkReader) => StreamLink,
  ) {
    super(host, command.profile, listener.topics);
    listener.strangers.add(this);
    this.reporter = new ConnectionReporter(listener.reporter);
    this.engine = this.newEngine();
    const link = open(this.engine);
    this.reporter.opened('accept', link);
    this.engine.open(link);
  }

  override handshaken(peer: PeerProperties): Pipe {
    const { profile, slot, socket } = this.command;
    const { thread } = this.host;
    const marks = { send: profile.receiveHighWaterMark, receive: profile.sendHighWaterMark };
    const pipe = Pipe.create(thread, PIPE_SESSION, marks, slot, socket);
    pipe.events = this;
    pipe.linger = profile.linger;
    thread.words[pipe.at + PIPE_LISTENER] = this.listener.id;
    this.pipe = pipe;
    this.introduce(pipe, peer);
    this.listener.strangers.delete(this);
    this.reporter.handshaken();
    announce(thread.words, pipe.at, slot);
    return pipe;
  }

  override disconnected(error: Error | undefined): void {
    this.engine = undefined;
    this.reporter.lost(error);
    this.pipe?.terminate();
    this.finish();
  }

  protected override finish(): void {
    this.listener.strangers.delete(this);
    super.finish();
  }
}

/** A bound endpoint in its I/O worker. */
export class Listener {
  /** Connections in their handshake: nobody's yet, and gone with the listener. */
  readonly strangers = new Set<AcceptedSession>();
  /** What the socket has subscribed to: a publisher is told at once, whatever the socket's thread does. */
  readonly topics = new Set<string>();
  private bound: BoundListener | undefined;
  private closed = false;

  constructor(
    readonly id: number,
    readonly reporter: EndpointReporter,
  ) {}

  /** Binding is over. If the socket was closed meanwhile, so is this. */
  listening(bound: BoundListener): void {
    this.bound = bound;
    this.reporter.address = bound.endpoint;
    if (this.closed) bound.close();
    else this.reporter.report('bind');
  }

  changeTopics({ kind, topics }: TopicsCommand): void {
    for (const topic of topics) {
      if (kind === 'subscribe') this.topics.add(topic);
      else this.topics.delete(topic);
    }
  }

  close(): void {
    this.closed = true;
    if (this.bound !== undefined) {
      this.bound.close();
      this.reporter.report('close');
    }
    for (const stranger of [...this.strangers]) stranger.abort();
  }
}
