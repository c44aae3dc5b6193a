import type { Pipe } from '../../runtime/pipe/pipe.js';
import { Dealer } from '../dealer.js';

/** What whoever watches hears, each in a turn of its own: what was received before may not have been looked at. */
export interface Watcher {
  /** The peer within the context has left, or has died with its thread. All that came from it has been received. */
  left(): void;
  /** The I/O worker of the connection has died. Another takes its place, and connects anew. */
  lost(): void;
}

/**
 * A DEALER that hears what no event tells. Within the context there are no connections; but the pipe ends, behind all
 * that the peer has sent. And of connections it is their I/O worker that tells, unless it dies.
 */
export class WatchedDealer extends Dealer {
  readonly #watcher: Watcher;
  #forsaken = false;

  constructor(watcher: Watcher, ...options: ConstructorParameters<typeof Dealer>) {
    super(...options);
    this.#watcher = watcher;
  }

  /** Nothing comes any more. */
  get forsaken(): boolean {
    return this.#forsaken;
  }

  /** Ends the awaiting calls that would receive: none of them has to have a signal for that. */
  stopReceiving(reason: unknown): void {
    this.incoming?.reject(() => reason);
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    // Whom this end leaves itself is no news.
    if (this.closed) return;
    // In the middle of a duty cycle, or of a receive, no socket may be used.
    if (!pipe.local) {
      if (pipe.peerIsDead) queueMicrotask(() => this.#watcher.lost());
    } else if (pipe.peerEnded) {
      this.#forsaken = true;
      queueMicrotask(() => this.#watcher.left());
    }
  }
}
