import type { Pipe } from '../../runtime/pipe/pipe.js';
import { Dealer } from '../dealer.js';

/**
 * A DEALER that hears when its peer within the context has left, or has died with its thread. There are no connections
 * there, and so no events; but the pipe ends, behind all that the peer has sent.
 */
export class WatchedDealer extends Dealer {
  readonly #left: () => void;
  #forsaken = false;

  /**
   * @param left called in a turn of its own, when all that came from the peer has been received; what was received may
   * not have been looked at
   */
  constructor(left: () => void, ...options: ConstructorParameters<typeof Dealer>) {
    super(...options);
    this.#left = left;
  }

  /** Nothing comes any more. */
  get forsaken(): boolean {
    return this.#forsaken;
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    // Whom this end leaves itself is no news, and the peer of a wire may come back.
    if (!pipe.local || !pipe.peerEnded || this.closed) return;
    this.#forsaken = true;
    // In the middle of a duty cycle, or of a receive, no socket may be used.
    queueMicrotask(this.#left);
  }
}
