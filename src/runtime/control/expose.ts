import * as Comlink from 'comlink';
import type { MessagePort } from 'node:worker_threads';
import { installErrorTransfer } from './error-transfer.js';

/**
 * Offers an object to whoever holds the other end of `port`, over comlink, with error codes intact.
 * A MessagePort is given as it is: comlink's adapter for Node would hide that it is one, and then
 * never close it.
 */
export function expose(offered: object, port: MessagePort): void {
  installErrorTransfer();
  Comlink.expose(offered, port as unknown as Comlink.Endpoint);
  // An offered port must not keep the thread alive.
  port.unref();
}
