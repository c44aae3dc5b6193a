import type { ConnectCommand } from '../runtime/context/commands.js';
import { Pipe } from '../runtime/pipe/pipe.js';
import type { IoHost } from './io-host.js';
import { givesUp, isRefused, tellHiccup } from './giving-up.js';
import { Presence } from './presence.js';
import { ReconnectTiming } from './reconnect-timing.js';
import { ConnectionReporter, EndpointReporter } from './reporter.js';
import { NOTHING_SAID, StreamSession, whenEngines } from './stream-session.js';
import type { LinkOpener, StreamTransport } from './stream/stream-transport.js';
import type { PeerProperties } from './zmtp/handshake.js';

/**
 * The session of a connected endpoint: keeps its pipe served by one connection after another, until
 * the application leaves or the peer turns out not to fit.
 */
export class Connecter extends StreamSession {
  private readonly timing: ReconnectTiming;
  private opener: LinkOpener | undefined;
  private pause: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly ownPipe: Pipe;
  private readonly reporter: EndpointReporter;
  private readonly connection: ConnectionReporter;
  /** For a ROUTER that wants to be told. */
  private readonly presence: Presence | undefined;

  constructor(
    host: IoHost,
    private readonly transport: StreamTransport,
    private readonly command: ConnectCommand,
  ) {
    const account = host.openAccount(command);
    super(host, command.profile, account);
    // The session is all that there is at the endpoint.
    account.leave();
    const { endpoint, profile } = command;
    this.timing = new ReconnectTiming(profile.reconnectInterval, profile.reconnectMaxInterval);
    const address = transport.addressInEvents(endpoint, profile);
    this.reporter = new EndpointReporter(host.monitors, command, address);
    this.connection = new ConnectionReporter(this.reporter);
    this.ownPipe = Pipe.accept(host.thread, command.pipe);
    this.pipe = this.ownPipe;
    this.ownPipe.events = this;
    this.ownPipe.enlist(0);
    if (command.profile.notified) this.presence = new Presence(this.ownPipe);
    whenEngines(command.profile, () => this.beginToConnect());
  }

  override handshaken(peer: PeerProperties, address: string | undefined): Pipe {
    this.ownPipe.startSmall();
    this.introduce(this.ownPipe, this.routingIdOf(peer));
    this.describe(this.ownPipe, peer, address);
    this.presence?.came();
    this.connection.handshaken();
    return this.ownPipe;
  }

  override opened(address: string | undefined): Pipe {
    this.describe(this.ownPipe, NOTHING_SAID, address);
    this.connection.withoutHandshake();
    return this.ownPipe;
  }

  override disconnected(error: Error | undefined): void {
    this.engine = undefined;
    this.presence?.went();
    this.connection.lost(error);
    const { shaken } = this.connection;
    // Said by whoever connected, as libzmq has it; without room it is not.
    if (shaken) tellHiccup(this.ownPipe, this.command.profile);
    // A peer that does not fit will not fit next time: libzmq gives up here, too.
    if (givesUp(this.command.profile, error, shaken)) this.abort();
    // A message of which the connection had taken a part may have been the last that the application had sent.
    else if (!this.ownPipe.peerEnded || !this.endIfDrained()) this.connectLater();
  }

  override writeActivated(): void {
    this.presence?.tell();
    super.writeActivated();
  }

  override pipeTerminated(): void {
    this.stopConnecting();
    super.pipeTerminated();
  }

  override abort(): void {
    this.stopConnecting();
    super.abort();
  }

  protected override finish(): void {
    this.stopConnecting();
    super.finish();
  }

  private beginToConnect(): void {
    this.host.pace.keep(() => {
      if (!this.stopped) this.connect();
    });
  }

  private connect(): void {
    if (this.presence?.tell() === false) {
      this.connectLater();
      return;
    }
    const { endpoint, profile } = this.command;
    const engine = this.newEngine();
    this.engine = engine;
    this.reporter.report('connect:delay');
    this.opener = this.transport.connect(endpoint, profile, engine, (link, error) => {
      this.opener = undefined;
      if (link === undefined) {
        this.engine = undefined;
        this.reporter.failed('close', error);
        if (isRefused(profile, error)) this.abort();
        else this.connectLater();
      } else {
        this.timing.succeeded();
        this.connection.opened('connect', link.peerAddress);
        engine.open(link);
      }
    });
  }

  private connectLater(): void {
    const interval = this.timing.next();
    if (interval === undefined) {
      this.abort();
      return;
    }
    this.reporter.report('connect:retry', { interval });
    this.pause = setTimeout(() => this.beginToConnect(), interval);
  }

  private stopConnecting(): void {
    this.stopped = true;
    clearTimeout(this.pause);
    this.opener?.cancel();
    this.opener = undefined;
  }
}
