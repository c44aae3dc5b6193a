import { ZmqError } from '../runtime/base/errors.js';
import type { BindCommand } from '../runtime/context/commands.js';
import type { Account } from './account.js';
import { ConnectionMaker, ConnectionSession } from './connection-session.js';
import type { IoHost } from './io-host.js';
import { peerDetails, type EndpointReporter } from './reporter.js';
import type { AcceptedLink, BoundListener } from './stream/stream-transport.js';
import { HANDSHAKES_MOST, WaitingRoom } from './waiting-room.js';

/** The session of an accepted connection. */
class AcceptedSession extends ConnectionSession {
  constructor(host: IoHost, command: BindCommand, listener: Listener, accepted: AcceptedLink) {
    super(host, command, listener);
    const engine = this.newEngine();
    this.engine = engine;
    const link = accepted.open(engine);
    this.reporter.opened('accept', accepted.peerAddress);
    engine.open(link);
  }
}

/** A bound endpoint in its I/O worker. */
export class Listener extends ConnectionMaker {
  private readonly waiting = new WaitingRoom<AcceptedLink>();
  override readonly account: Account;
  override readonly connects = false;
  private bound: BoundListener | undefined;
  private closed = false;

  constructor(
    readonly id: number,
    private readonly host: IoHost,
    private readonly command: BindCommand,
    readonly reporter: EndpointReporter,
  ) {
    super();
    this.account = host.openAccount(command);
  }

  override get slot(): number {
    return this.command.slot;
  }

  /** Binding is over. If the socket was closed meanwhile, so is this. */
  listening(bound: BoundListener): void {
    this.bound = bound;
    this.reporter.address = bound.endpoint;
    this.account.endpoint = bound.endpoint;
    if (!this.closed) this.reporter.report('bind');
    else this.closeBound(bound);
  }

  /** Somebody has connected. */
  accept(link: AcceptedLink): void {
    if (this.closed) {
      link.refuse();
      return;
    }
    if (!this.waiting.enter(link)) {
      const message = 'Too many connections wait for their handshake';
      const error = new ZmqError('EMFILE', { message });
      this.reporter.failed('accept:error', error, peerDetails(link.peerAddress));
    }
    this.admit();
  }

  override settled(session: ConnectionSession): void {
    super.settled(session);
    this.admit();
  }

  override lost(): void {
    // Whoever connected connects again.
  }

  override close(): void {
    this.closed = true;
    if (this.bound !== undefined && this.closeBound(this.bound)) this.reporter.report('close');
    this.waiting.clear();
    this.abortStrangers();
    this.account.leave();
  }

  /** False if it has left something behind: the listener is closed nevertheless. */
  private closeBound(bound: BoundListener): boolean {
    try {
      bound.close();
      return true;
    } catch (error) {
      this.reporter.failed('close:error', error as Error);
      return false;
    }
  }

  private admit(): void {
    while (this.strangers.size < HANDSHAKES_MOST) {
      const link = this.waiting.next();
      if (link === undefined) return;
      new AcceptedSession(this.host, this.command, this, link);
    }
  }
}
