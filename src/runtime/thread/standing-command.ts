import { assert } from '../base/assert.js';
import {
  answerCommand,
  postCommand,
  readText,
  refuseCommand,
  rewriteCommand,
  writeCommand,
} from './mailbox.js';
import { hasGone, isDead } from './slot.js';
import type { Ready, Thread } from './thread.js';
import type { Tie } from './tie.js';

/**
 * A command that is posted again and again, in one block that its sender keeps: posting it needs no
 * memory. The receiver may hold it until it has an answer, however long that takes: nobody who
 * terminates waits for it.
 */
export class StandingCommand implements Ready, Tie {
  private readonly at: number;
  private out = false;
  /** The answer is this thread's own, and on its list. */
  private refused = false;

  /**
   * @param room bytes that an answer may take
   * @param refusal what it is answered if the receiver is dead
   * @param answered called in this thread's duty cycle
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  constructor(
    private readonly thread: Thread,
    private readonly receiver: number,
    kind: number,
    private readonly text: string,
    room: number,
    private readonly refusal: string,
    private readonly answered: (text: string) => void,
  ) {
    const { arena, allocator, slot } = thread;
    this.at = writeCommand(arena, allocator, slot, kind, text, { room, standing: true });
    thread.register(this.at, this);
    thread.tie(this);
  }

  /** Is it with the receiver, or on its way there or back? */
  get posted(): boolean {
    return this.out;
  }

  post(): void {
    assert(!this.out, 'a standing command is posted when it is back');
    // The memory is no longer this thread's, and nobody will answer it.
    if (this.thread.over) return;
    this.out = true;
    const { arena, words } = this.thread;
    rewriteCommand(arena, this.at, this.text);
    this.refused = isDead(words, this.receiver);
    if (this.refused) refuseCommand(arena, this.at, this.refusal);
    else postCommand(words, this.at, this.receiver);
  }

  linkUnjoined(next: number): number {
    return next;
  }

  lostPeer(): boolean {
    return this.out && !this.refused && isDead(this.thread.words, this.receiver);
  }

  peerDied(): void {
    this.refused = true;
    answerCommand(this.thread.arena, this.at, this.refusal);
  }

  isForsaken(): boolean {
    return this.out && !this.refused && hasGone(this.thread.words, this.receiver);
  }

  forsake(): void {
    this.peerDied();
  }

  ready(): void {
    this.out = false;
    this.refused = false;
    this.answered(readText(this.thread.arena, this.at));
  }

  /** Gives the block back. Only while it is not posted. */
  free(): void {
    assert(!this.out, 'a standing command is freed when it is back');
    this.thread.unregister(this.at);
    this.thread.untie(this);
    this.thread.allocator.release(this.at << 2);
  }
}
