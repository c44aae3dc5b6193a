import type { Socket } from './socket.js';

/** What one socket of a proxy has done since the proxy began. */
export interface ProxySideStatistics {
  /** Whole messages, of however many parts, which is what libzmq counts. */
  readonly messagesReceived: number;
  /** The bytes in them, without framing. */
  readonly bytesReceived: number;
  readonly messagesSent: number;
  readonly bytesSent: number;
  /**
   * Messages that it has refused for good, and those that it has dropped by its own rules, as its `dropped`
   * counts them. The latter count as sent, too.
   */
  readonly dropped: number;
}

export interface ProxyStatistics {
  readonly frontEnd: ProxySideStatistics;
  readonly backEnd: ProxySideStatistics;
  /** As `proxy.dropped`: what no socket took, and commands that are none. */
  readonly dropped: number;
}

/** A socket of a proxy, and what it has done. */
export class ProxySide {
  private messagesReceived = 0;
  private bytesReceived = 0;
  private messagesSent = 0;
  private bytesSent = 0;
  private refusals = 0;
  /** What the socket had dropped when the proxy began; undefined if the proxy sends nothing to it. */
  private droppedBefore: number | undefined;

  constructor(readonly socket: Socket) {}

  /** The proxy is about to send to it. */
  beginSending(): void {
    this.droppedBefore = droppedBy(this.socket);
  }

  /** A message of so many bytes. */
  received(bytes: number): void {
    this.messagesReceived++;
    this.bytesReceived += bytes;
  }

  sent(bytes: number): void {
    this.messagesSent++;
    this.bytesSent += bytes;
  }

  refused(): void {
    this.refusals++;
  }

  statistics(): ProxySideStatistics {
    const { messagesReceived, bytesReceived, messagesSent, bytesSent } = this;
    const own = this.droppedBefore === undefined ? 0 : droppedBy(this.socket) - this.droppedBefore;
    return {
      ...{ messagesReceived, bytesReceived, messagesSent, bytesSent },
      dropped: this.refusals + own,
    };
  }
}

/** Types that drop have a count of it. */
function droppedBy(socket: Socket): number {
  return 'dropped' in socket ? (socket.dropped as number) : 0;
}
