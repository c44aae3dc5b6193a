import type { ConnectImmediateCommand } from '../runtime/context/commands.js';
import type { Account } from './account.js';
import { ConnectionMaker, ConnectionSession } from './connection-session.js';
import { givesUp, isRefused } from './giving-up.js';
import type { IoHost } from './io-host.js';
import { ReconnectTiming } from './reconnect-timing.js';
import { EndpointReporter } from './reporter.js';
import { whenEngines } from './stream-session.js';
import type { LinkOpener, StreamTransport } from './stream/stream-transport.js';

/** The session of one attempt to connect, and of the connection if it succeeds. */
class AttemptedSession extends ConnectionSession {
  private opener: LinkOpener | undefined;

  constructor(
    host: IoHost,
    command: ConnectImmediateCommand,
    connecter: ImmediateConnecter,
    transport: StreamTransport,
  ) {
    super(host, command, connecter);
    const engine = this.newEngine();
    this.engine = engine;
    const { endpoint, profile } = command;
    connecter.reporter.report('connect:delay');
    this.opener = transport.connect(endpoint, profile, engine, (link, error) => {
      this.opener = undefined;
      if (link === undefined) {
        connecter.reporter.failed('close', error);
        this.finish();
        connecter.failed(error);
      } else {
        connecter.opened();
        this.reporter.opened('connect', link.peerAddress);
        engine.open(link);
      }
    });
  }

  protected override finish(): void {
    this.opener?.cancel();
    this.opener = undefined;
    super.finish();
  }
}

/**
 * A connected endpoint whose socket has `immediate` set: messages go only to connections that stand, so
 * a pipe comes with each connection, as with a listener's, and goes with it.
 */
export class ImmediateConnecter extends ConnectionMaker {
  override readonly reporter: EndpointReporter;
  override readonly account: Account;
  override readonly connects = true;
  private readonly timing: ReconnectTiming;
  private pause: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly host: IoHost,
    private readonly transport: StreamTransport,
    private readonly command: ConnectImmediateCommand,
  ) {
    super();
    this.account = host.openAccount(command);
    const { endpoint, profile } = command;
    this.timing = new ReconnectTiming(profile.reconnectInterval, profile.reconnectMaxInterval);
    const address = transport.addressInEvents(endpoint, profile);
    this.reporter = new EndpointReporter(host.monitors, command, address);
    whenEngines(command.profile, () => this.beginToConnect());
  }

  override get id(): number {
    return this.command.connecter;
  }

  override get slot(): number {
    return this.command.slot;
  }

  opened(): void {
    this.timing.succeeded();
  }

  override lost(error: Error | undefined, shaken: boolean): void {
    if (this.closed || givesUp(this.command.profile, error, shaken)) return;
    this.connectLater();
  }

  /** No connection came about. */
  failed(error: Error | undefined): void {
    if (!this.closed && !isRefused(this.command.profile, error)) this.connectLater();
  }

  private connectLater(): void {
    const interval = this.timing.next();
    if (interval === undefined) return;
    this.reporter.report('connect:retry', { interval });
    this.pause = setTimeout(() => this.beginToConnect(), interval);
  }

  override close(): void {
    this.closed = true;
    clearTimeout(this.pause);
    this.abortStrangers();
    this.account.leave();
  }

  private beginToConnect(): void {
    this.host.pace.keep(() => {
      if (!this.closed) new AttemptedSession(this.host, this.command, this, this.transport);
    });
  }
}
