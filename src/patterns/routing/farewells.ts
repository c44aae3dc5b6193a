import { Buffer } from 'node:buffer';
import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * What is received in the name of peers that are gone (ZMQ_DISCONNECT_MSG): of those that had connected to the socket,
 * each once, when all that they have sent is received.
 */
export class Farewells {
  private readonly messages: Buffer[][] = [];

  get any(): boolean {
    return this.messages.length > 0;
  }

  /**
   * A pipe has ended.
   * @param message nothing is received if it is null, or the socket itself has left the pipe
   * @param id what the peer was called; undefined if it was nobody yet
   */
  terminated(pipe: Pipe, message: Buffer | null, id: Buffer | undefined): void {
    if (message === null || id === undefined || !pipe.isAccepted) return;
    if (pipe.peerEnded) this.messages.push([Buffer.from(id), Buffer.from(message)]);
  }

  next(): Buffer[] | undefined {
    return this.messages.shift();
  }
}
