import type { EventType, ProtoErrorCode } from '../runtime/base/events.js';
import { ZmqError } from '../runtime/base/errors.js';
import type { SentError, SentEvent, SocketPlace } from '../runtime/context/commands.js';
import type { Monitors } from './monitor.js';
import type { StreamLink } from './stream/stream-link.js';
import { ProtocolError } from './zmtp/protocol-error.js';

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

  report(type: EventType, details: Omit<SentEvent, 'type' | 'address'> = {}): void {
    if (this.observed) {
      this.monitors.report(this.place, { type, address: this.address, ...details });
    }
  }

  failed(type: EventType, error: Error | undefined): void {
    this.report(type, error === undefined ? {} : { error: sentError(error) });
  }
}

/** The same for one connection after another. Each that was opened is lost once, or ended by this side. */
export class ConnectionReporter {
  private handshakeOver = false;

  constructor(private readonly endpoint: EndpointReporter) {}

  opened(type: 'accept' | 'connect', link: StreamLink): void {
    this.handshakeOver = false;
    if (!this.endpoint.observed) return;
    const { peerAddress } = link;
    this.endpoint.report(type, peerAddress === undefined ? {} : { peerAddress });
  }

  handshaken(): void {
    this.handshakeOver = true;
    this.endpoint.report('handshake');
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
    this.endpoint.failed('disconnect', error);
  }

  private handshakeFailed(error: Error | undefined): void {
    if (!(error instanceof ProtocolError)) {
      const message = 'The peer closed the connection in its handshake';
      const reason = error ?? Object.assign(new Error(message), EPIPE);
      this.endpoint.failed('handshake:error:other', reason);
      return;
    }
    const status = authStatus(error);
    if (status === undefined) this.endpoint.failed('handshake:error:protocol', error);
    else {
      const { message } = error;
      this.endpoint.report('handshake:error:auth', { error: { message, status } });
    }
  }
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
