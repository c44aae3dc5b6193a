import * as Comlink from 'comlink';
import { MessageChannel, postMessageToThread } from 'node:worker_threads';
import { ZmqError } from '../base/errors.js';
import { installErrorTransfer } from './error-transfer.js';
import type { Inspection, InspectionRequest, IoStatistics } from './inspection.js';

/**
 * Asks an I/O worker for its statistics over comlink, on a port of their own for the one call. comlink
 * itself would wait for ever for a worker that dies; a port, however, closes with its other end.
 * @throws ZmqError ETERM if the worker ends before it answers
 */
export async function inspect(threadId: number): Promise<IoStatistics> {
  installErrorTransfer();
  const { port1, port2 } = new MessageChannel();
  const gone = new Promise<never>((_, reject) => {
    port1.once('close', () =>
      reject(new ZmqError('ETERM', { message: 'The I/O worker has ended' })),
    );
  });
  const request: InspectionRequest = { loomwire: 'inspect', port: port2 };
  try {
    const asked = postMessageToThread(threadId, request, [port2]);
    const remote = Comlink.wrap<Inspection>(port1 as unknown as Comlink.Endpoint);
    return await Promise.race([gone, asked.then(() => remote.statistics())]);
  } finally {
    gone.catch(() => undefined);
    port1.close();
  }
}
