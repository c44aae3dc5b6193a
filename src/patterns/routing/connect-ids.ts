import type { Buffer } from 'node:buffer';
import { ZmqError } from '../../runtime/base/errors.js';
import { checkOption } from '../../runtime/base/options.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import type { Routes } from './routes.js';

/** What a socket calls the peers that it connects to, if it has said so (ZMQ_CONNECT_ROUTING_ID). */
export class ConnectIds {
  /** The id that the next `connect` is for, if it names none itself: as an option of its own. It has been checked. */
  forNext: Buffer | undefined;
  /** The id that the `connect` under way is for. */
  private next: Buffer | undefined;
  /** The id of the pipe that is being attached. */
  current: Buffer | undefined;

  constructor(private readonly routes: Routes) {}

  /**
   * Connects, by `connect`, to a peer that is to be called so.
   * @throws ZmqError EINVAL if another peer has the id, or it can be nobody's; TypeError if it is neither text nor bytes
   */
  connect(
    address: string,
    { routingId = this.forNext }: { routingId?: string | Uint8Array },
    connect: () => void,
  ): void {
    this.forNext = undefined;
    if (routingId === undefined) {
      connect();
      return;
    }
    const id = checkOption('routingId', routingId) as Buffer | null;
    if (id === null) throw new TypeError('routingId must be a string or bytes');
    if (this.routes.pipeOf(id) !== undefined) {
      throw new ZmqError('EINVAL', { address, message: `A peer is called ${String(id)} already` });
    }
    this.next = id;
    try {
      connect();
    } finally {
      this.next = undefined;
    }
  }

  /** For `Socket.xconnecting`: whatever I/O worker serves it, the peer keeps the name it was given. */
  naming(attach: (pipe: Pipe) => void): (pipe: Pipe) => void {
    const name = this.next;
    if (name === undefined) return attach;
    return (pipe) => {
      this.current = name;
      try {
        attach(pipe);
      } finally {
        this.current = undefined;
      }
    };
  }
}
