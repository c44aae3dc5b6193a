import type { Socket } from './socket.js';

/** What one socket of a proxy has done since the proxy began. */
export interface ProxySideStatistics {
  /** Whole messages. */
  readonly messagesReceived: number;
  /** Their parts, which are what libzmq counts. */
  readonly partsReceived: number;
  /** The bytes in them, without framing. */
  readonly bytesReceived: number;
  readonly messagesSent: number;
  readonly partsSent: number;
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
  private partsReceived = 0;
  private bytesReceived = 0;
  private messagesSent = 0;
  private partsSent = 0;
  private bytesSent = 0;
  private refusals = 0;
  /** What the socket had dropped when the proxy began; undefined if the proxy sends nothing to it. */
  private droppedBefore: number | undefined;

  constructor(readonly socket: Socket) {}

  /** The proxy is about to send to it. */
  beginSending(): void {
    this.droppedBefore = droppedBy(this.socket);
  }

  received(parts: number, bytes: number): void {
    this.messagesReceived++;
    this.partsReceived += parts;
    this.bytesReceived += bytes;
  }

  sent(parts: number, bytes: number): void {
    this.messagesSent++;
    this.partsSent += parts;
    this.bytesSent += bytes;
  }

  refused(): void {
    this.refusals++;
  }

  statistics(): ProxySideStatistics {
    const { messagesReceived, partsReceived, bytesReceived } = this;
    const { messagesSent, partsSent, bytesSent } = this;
    const own = this.droppedBefore === undefined ? 0 : droppedBy(this.socket) - this.droppedBefore;
    return {
      ...{ messagesReceived, partsReceived, bytesReceived },
      ...{ messagesSent, partsSent, bytesSent },
      dropped: this.refusals + own,
    };
  }
}

/** Types that drop have a count of it. */
function droppedBy(socket: Socket): number {
  return 'dropped' in socket ? (socket.dropped as number) : 0;
}
