import type { Pipe, PipeEvents } from '../../../../src/runtime/pipe/pipe.js';
import type { Thread } from '../../../../src/runtime/thread/thread.js';

/**
 * In place of what a pattern has from its neighbours in src/patterns: a socket without context, options and awaiting
 * calls. What it does to its pipes is what src/patterns/socket.ts does. Scenarios call `xsend` and `xrecv`.
 */

/** What a bare socket is given in place of its options. */
export interface BareCore {
  readonly thread: Thread;
  /** In milliseconds. */
  readonly linger: number;
  /** Has an I/O worker keep a pipe connected. */
  openSession(address: string): Pipe;
}

export abstract class Socket implements PipeEvents {
  readonly #pipes = new Set<Pipe>();

  constructor(protected readonly core: BareCore) {}

  connect(address: string): void {
    const attach = this.xconnecting((made) => this.attachPipe(made));
    attach(this.core.openSession(address));
  }

  close(): void {
    for (const pipe of [...this.#pipes]) this.refuse(pipe);
  }

  protected abstract xattach(pipe: Pipe, unasked: boolean): void;
  protected abstract xterminated(pipe: Pipe): void;
  protected abstract xconnecting(attach: (pipe: Pipe) => void): (pipe: Pipe) => void;
  protected abstract xreadActivated(pipe: Pipe): void;
  protected abstract xpeerLeft(pipe: Pipe): void;

  protected refuse(pipe: Pipe): void {
    this.pipeTerminated(pipe);
    pipe.terminate();
  }

  attachPipe(pipe: Pipe): void {
    pipe.events = this;
    pipe.linger = this.core.linger;
    this.#pipes.add(pipe);
    this.xattach(pipe, false);
  }

  readActivated(pipe: Pipe): void {
    this.xreadActivated(pipe);
  }

  writeActivated(): void {
    // Whoever blocks tries again after each cycle.
  }

  peerLeft(pipe: Pipe): void {
    this.xpeerLeft(pipe);
  }

  pipeTerminated(pipe: Pipe): void {
    if (this.#pipes.delete(pipe)) this.xterminated(pipe);
  }
}

/** The half of a socket for its callers. */
class Half {
  constructor(readonly socket: Socket) {}
}

export { Half as Incoming, Half as Outgoing };

/** Methods for callers are not what is searched. */
function install(): void {
  // No such methods.
}

export { install as installOptions, install as installReadable, install as installWritable };
