import type { MessagePort } from 'node:worker_threads';

/** What an I/O worker says of itself. Counts are since its start. */
export interface IoStatistics {
  /** The worker's slot in the context. */
  readonly slot: number;
  /** Node's threadId. */
  readonly threadId: number;
  /** Endpoints bound. */
  readonly listeners: number;
  /** Connections served, and endpoints being connected to. */
  readonly sessions: number;
  /** Connections accepted. */
  readonly accepted: number;
  /** Endpoints connected to. */
  readonly connected: number;
  /** Connections of either kind that came to the end of their handshake, also those that are gone. */
  readonly handshakes: number;
  /** Bytes from all peers. */
  readonly bytesReceived: number;
  /** Bytes of messages to all peers. */
  readonly bytesSent: number;
  /** Datagrams that came over udp, and that a socket's high-water mark left no room for. */
  readonly datagramsDropped: number;
  /** Datagrams that came over udp and are no message, or one that is larger than `maxMessageSize`. */
  readonly datagramsIgnored: number;
  /** Messages that were to go out over udp, and that the system refused. */
  readonly datagramsUnsent: number;
}

/** What an I/O worker offers over comlink. */
export interface Inspection {
  statistics(): IoStatistics;
}

/** Asks an I/O worker to offer its inspection on `port`. */
export interface InspectionRequest {
  readonly loomwire: 'inspect';
  readonly port: MessagePort;
}

/**
 * The I/O worker's side. comlink costs some milliseconds to load, so that waits for the first request.
 */
export function answerInspections(statistics: () => IoStatistics): void {
  process.on('workerMessage', (message: unknown) => {
    if (!isRequest(message)) return;
    const { port } = message;
    void import('./expose.js').then(
      ({ expose }) => {
        const inspection: Inspection = { statistics };
        expose(inspection, port);
      },
      () => port.close(),
    );
  });
}

function isRequest(message: unknown): message is InspectionRequest {
  return (
    typeof message === 'object' &&
    message !== null &&
    'loomwire' in message &&
    message.loomwire === 'inspect'
  );
}
