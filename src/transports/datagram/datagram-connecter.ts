import type { ConnectCommand } from '../../runtime/context/commands.js';
import { Pipe } from '../../runtime/pipe/pipe.js';
import type { IoHost } from '../io-host.js';
import { ReconnectTiming } from '../reconnect-timing.js';
import { EndpointReporter } from '../reporter.js';
import { Session } from '../session.js';
import { DatagramEngine } from './datagram-engine.js';
import { connectUdp } from './udp.js';

/**
 * The session of an endpoint that datagrams go to. Nobody has to be there. What can fail is to find the address,
 * or to open a socket, and that is tried again like a connection.
 */
export class DatagramConnecter extends Session {
  private readonly timing: ReconnectTiming;
  private readonly reporter: EndpointReporter;
  private readonly ownPipe: Pipe;
  private pause: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    host: IoHost,
    private readonly command: ConnectCommand,
  ) {
    const account = host.openAccount(command);
    super(host, command.profile, account);
    // The session is all that there is at the endpoint.
    account.leave();
    const { reconnectInterval, reconnectMaxInterval } = command.profile;
    this.timing = new ReconnectTiming(reconnectInterval, reconnectMaxInterval);
    this.reporter = new EndpointReporter(host.monitors, command, command.endpoint);
    this.ownPipe = Pipe.accept(host.thread, command.pipe);
    this.pipe = this.ownPipe;
    this.ownPipe.events = this;
    this.ownPipe.enlist(0);
    this.open();
  }

  protected override absorb(): void {
    // Sockets that send datagrams say nothing else.
  }

  protected override finish(): void {
    this.over = true;
    clearTimeout(this.pause);
    super.finish();
  }

  private open(): void {
    const { endpoint, profile } = this.command;
    this.reporter.report('connect:delay');
    connectUdp(endpoint, profile).then(
      (link) => {
        if (this.over) {
          link.close();
          return;
        }
        const { thread, traffic } = this.host;
        this.timing.succeeded();
        const touch = (): void => thread.touch();
        this.engine = new DatagramEngine(link, this.ownPipe, profile, this, traffic, touch);
        this.reporter.report('connect');
        this.engine.pump();
      },
      (error: unknown) => {
        if (this.over) return;
        this.reporter.failed('close', error as Error);
        this.openLater();
      },
    );
  }

  private openLater(): void {
    const interval = this.timing.next();
    if (interval === undefined) {
      this.abort();
      return;
    }
    this.reporter.report('connect:retry', { interval });
    this.pause = setTimeout(() => this.open(), interval);
  }
}
