import * as Comlink from 'comlink';
import type { MessagePort } from 'node:worker_threads';
import { installErrorTransfer } from './error-transfer.js';

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** The calling side: an object of methods at the other end of a port, by comlink. */
export class Caller {
  /** Kept: what waits for an answer would wait for ever if it were collected. */
  private readonly remote: Methods;

  constructor(private readonly port: MessagePort) {
    installErrorTransfer();
    this.remote = Comlink.wrap(port as unknown as Comlink.Endpoint) as unknown as Methods;
  }

  /** Keeps the process alive until it is answered. @throws DataCloneError */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.remote[method]!(...args);
  }

  close(): void {
    this.port.close();
  }
}
