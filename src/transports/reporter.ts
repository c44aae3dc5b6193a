import type { EventType, ProtoErrorCode } from '../runtime/base/events.js';
import { ZmqError } from '../runtime/base/errors.js';
import type { SentError, SentEvent, SocketPlace } from '../runtime/context/commands.js';
import type { Monitors } from './monitor.js';
import { ProtocolError } from './zmtp/protocol-error.js';

type EventDetails = Omit<SentEvent, 'type' | 'address'>;

/** Tells whoever observes a socket what happens at one of its endpoints; nobody else pays for it. */
export class EndpointReporter {
  /** @param address the endpoint; a listener's wildcards are resolved later */
  constructor(
    private readonly monitors: Monitors,
    private readonly place: SocketPlace,
    public address: string,
  ) {}

  get observed(): boolean {
    return this.monitors.observed(this.place);
  }

  report(type: EventType, details: EventDetails = {}): void {
    if (this.observed) {
      this.monitors.report(this.place, { type, address: this.address, ...details });
    }
  }

  failed(type: EventType, error: Error | undefined, details: EventDetails = {}): void {
    this.report(type, error === undefined ? details : { ...details, error: sentError(error) });
  }
}

/** The same for one connection after another. Each that was opened is lost once, or ended by this side. */
export class ConnectionReporter {
  private handshakeOver = false;
  /** Kept, as a connection that is lost does not know it any more; also if nobody observes yet. */
  private peerAddress: string | undefined;

  constructor(private readonly endpoint: EndpointReporter) {}

  opened(type: 'accept' | 'connect', peerAddress: string | undefined): void {
    this.handshakeOver = false;
    this.peerAddress = peerAddress;
    this.endpoint.report(type, this.peer);
  }

  handshaken(): void {
    this.handshakeOver = true;
    this.endpoint.report('handshake', this.peer);
  }

  private get peer(): EventDetails {
    return peerDetails(this.peerAddress);
  }

  /** Was the handshake of the last connection over? */
  get shaken(): boolean {
    return this.handshakeOver;
  }

  /** There is none whose failure could be reported. */
  withoutHandshake(): void {
    this.handshakeOver = true;
  }

  /** @param error missing if the peer closed in order */
  lost(error: Error | undefined): void {
    if (!this.handshakeOver) this.handshakeFailed(error);
    this.endpoint.failed('disconnect', error, this.peer);
  }

  private handshakeFailed(error: Error | undefined): void {
    if (!(error instanceof ProtocolError)) {
      const message = 'The peer closed the connection in its handshake';
      const reason = error ?? Object.assign(new Error(message), EPIPE);
      this.endpoint.failed('handshake:error:other', reason, this.peer);
      return;
    }
    const status = authStatus(error);
    if (status === undefined) {
      this.endpoint.failed('handshake:error:protocol', error, this.peer);
    } else {
      const { message } = error;
      this.endpoint.report('handshake:error:auth', { ...this.peer, error: { message, status } });
    }
  }
}

/** Who an event is about. */
export function peerDetails(peerAddress: string | undefined): EventDetails {
  return peerAddress === undefined ? {} : { peerAddress };
}

/** What libzmq reports when a peer leaves in its handshake; Linux's number, as in ZmqError. */
const EPIPE = { code: 'EPIPE', errno: 32 };

/** What an error without a code of its own is reported as, so that every error has one. */
const EPROTO = new ZmqError('EPROTO');

function sentError(error: Error): SentError {
  const { message } = error;
  if (error instanceof ProtocolError) {
    const code: ProtoErrorCode = error.code;
    return { message, code };
  }
  const { code, errno } = error as NodeJS.ErrnoException;
  if (code === undefined) return { message, code: EPROTO.code, errno: EPROTO.errno };
  // The system's numbers are negative in Node, and positive in ZmqError as in C.
  return { message, code, ...(errno === undefined ? {} : { errno: Math.abs(errno) }) };
}

/** ZAP's status codes, which a server's ERROR may give as its reason. */
function authStatus({ peerReason }: ProtocolError): number | undefined {
  return peerReason !== undefined && /^[345]00$/.test(peerReason) ? Number(peerReason) : undefined;
}
