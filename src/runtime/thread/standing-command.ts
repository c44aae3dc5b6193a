import { assert } from '../base/assert.js';
import { postCommand, readText, rewriteCommand, writeCommand } from './mailbox.js';
import type { Ready, Thread } from './thread.js';

/**
 * A command that is posted again and again, in one block that its sender keeps: posting it needs no
 * memory. The receiver may hold it until it has an answer, however long that takes: nobody who
 * terminates waits for it.
 */
export class StandingCommand implements Ready {
  private readonly at: number;
  private out = false;

  /**
   * @param room bytes that an answer may take
   * @param answered called in this thread's duty cycle
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  constructor(
    private readonly thread: Thread,
    private readonly receiver: number,
    kind: number,
    private readonly text: string,
    room: number,
    private readonly answered: (text: string) => void,
  ) {
    const { arena, allocator, slot } = thread;
    this.at = writeCommand(arena, allocator, slot, kind, text, { room, standing: true });
    thread.register(this.at, this);
  }

  /** Is it with the receiver, or on its way there or back? */
  get posted(): boolean {
    return this.out;
  }

  post(): void {
    assert(!this.out, 'a standing command is posted when it is back');
    this.out = true;
    rewriteCommand(this.thread.arena, this.at, this.text);
    postCommand(this.thread.words, this.at, this.receiver);
  }

  ready(): void {
    this.out = false;
    this.answered(readText(this.thread.arena, this.at));
  }

  /** Gives the block back. Only while it is not posted. */
  free(): void {
    assert(!this.out, 'a standing command is freed when it is back');
    this.thread.unregister(this.at);
    this.thread.allocator.release(this.at << 2);
  }
}
