import type { Arena } from '../memory/arena.js';
import { answerCommand, RECEIVER_IS_DEAD } from './mailbox.js';
import { hasGone, isDead } from './slot.js';
import type { Tie } from './tie.js';

/** A command of this thread's, until its answer is here. */
export class PostedCommand implements Tie {
  /** The answer is this thread's own, and on its list. */
  private refused = false;

  constructor(
    private readonly arena: Arena,
    private readonly at: number,
    private readonly receiver: number,
    readonly answered: (text: string) => void,
  ) {}

  linkUnjoined(next: number): number {
    return next;
  }

  lostPeer(): boolean {
    return !this.refused && isDead(this.arena.words, this.receiver);
  }

  /**
   * The receiver has not answered, and never will. Had it died between counting its answer and pushing it,
   * the command is counted once too little from now on: that is why whoever terminates waits for a count of
   * 0 or less.
   */
  peerDied(): void {
    this.refused = true;
    answerCommand(this.arena, this.at, RECEIVER_IS_DEAD);
  }

  isForsaken(): boolean {
    return !this.refused && hasGone(this.arena.words, this.receiver);
  }

  forsake(): void {
    this.peerDied();
  }
}
