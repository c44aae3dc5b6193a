import type { Pipe } from '../runtime/pipe/pipe.js';

/** What an I/O worker does for an endpoint of a socket: listen, or keep connected. */
export interface Service {
  /** Slot of the worker. */
  readonly slot: number;
  /** Has all been read that came through a worker that has died? Only then another one takes over. */
  readonly over: boolean;
  /** Has another worker do it from now on. @throws ZmqError EMTHREAD if there is none; ENOMEM */
  restore(): void;
}

/** A session that keeps a pipe of the socket's connected. There may be thousands. */
export class ServedSession implements Service {
  slot = 0;
  private served: Pipe | undefined;

  /** @param pipes those that the socket has */
  constructor(
    private readonly pipes: ReadonlySet<Pipe>,
    readonly restore: () => void,
  ) {}

  opened(slot: number, pipe: Pipe): void {
    this.slot = slot;
    this.served = pipe;
  }

  /** The one that was opened last. */
  get pipe(): Pipe {
    return this.served!;
  }

  /** A session that has given up leaves its pipe; only of one that has died is anything to be taken over. */
  get over(): boolean {
    return !this.pipes.has(this.pipe) && this.pipe.peerIsDead;
  }
}
