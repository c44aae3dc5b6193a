import { ZmqError } from '../../runtime/base/errors.js';
import type { BindCommand, BoundAnswer } from '../../runtime/context/commands.js';
import { PIPE_LISTENER, PIPE_SESSION } from '../../runtime/pipe/layout.js';
import { Pipe } from '../../runtime/pipe/pipe.js';
import type { Account } from '../account.js';
import type { IoHost } from '../io-host.js';
import type { EndpointReporter } from '../reporter.js';
import { Session } from '../session.js';
import { DatagramEngine } from './datagram-engine.js';
import { bindUdp } from './udp.js';
import type { UdpLink } from './udp-link.js';

/** The session of a bound endpoint: all who send to it share its one pipe. */
class BoundSession extends Session {
  constructor(
    host: IoHost,
    { profile, slot, socket }: BindCommand,
    { id, account }: DatagramListener,
    link: UdpLink,
  ) {
    const { thread, traffic } = host;
    const marks = { send: profile.receiveHighWaterMark, receive: profile.sendHighWaterMark };
    // First of all: without memory for it nothing has happened.
    const pipe = Pipe.create(thread, PIPE_SESSION, marks, slot, socket);
    super(host, profile, account);
    pipe.events = this;
    pipe.linger = profile.linger;
    pipe.enlist(0);
    thread.words[pipe.at + PIPE_LISTENER] = id;
    this.pipe = pipe;
    const touch = (): void => thread.touch();
    this.engine = new DatagramEngine(link, pipe, profile, this, traffic, touch);
  }

  get pipeAt(): number {
    return this.pipe!.at;
  }

  protected override absorb(): void {
    // There is an engine from the beginning to the end.
  }
}

/** An endpoint that is bound to receive datagrams. */
export class DatagramListener {
  readonly account: Account;
  private closed = false;
  private session: BoundSession | undefined;

  constructor(
    readonly id: number,
    private readonly host: IoHost,
    private readonly command: BindCommand,
    readonly reporter: EndpointReporter,
  ) {
    this.account = host.openAccount(command);
  }

  get slot(): number {
    return this.command.slot;
  }

  /** @throws ZmqError with the system's code; ENOMEM */
  async open(): Promise<BoundAnswer> {
    const { command, reporter, account } = this;
    const { link, endpoint } = await bindUdp(command.endpoint, command.profile);
    try {
      // The context has begun to end.
      if (this.closed) throw new ZmqError('ETERM');
      reporter.address = endpoint;
      account.endpoint = endpoint;
      this.session = new BoundSession(this.host, command, this, link);
    } catch (error) {
      link.close();
      throw error;
    }
    reporter.report('bind');
    return { endpoint, listener: this.id, pipe: this.session.pipeAt };
  }

  changeTopics(): void {
    // The socket says what it has joined in its pipe, which is there from the first.
  }

  /** The socket leaves the pipe as well, which ends the session. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.session !== undefined) this.reporter.report('close');
    this.account.leave();
  }
}

/** A listener, and what opens it. */
export function datagramListener(
  ...made: ConstructorParameters<typeof DatagramListener>
): [DatagramListener, open: () => Promise<BoundAnswer>] {
  const listener = new DatagramListener(...made);
  return [listener, () => listener.open()];
}
