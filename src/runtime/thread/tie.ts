/** Something that waits for another thread, or reads what that one wrote. */
export interface Tie {
  /** Is that thread dead, and `peerDied` still to come? */
  lostPeer(): boolean;
  /** It is, and none of its nodes lies on this thread's list or ever will. */
  peerDied(): void;
  /** The context is at its end: has that thread left it, or is it one that has yet to come, and cannot any more? */
  isForsaken(): boolean;
  /** It is, and none of its nodes lies on this thread's list or ever will: nothing is waited for any more. */
  forsake(): void;
  /**
   * This thread leaves. What lies in the arena for a thread that has not come yet is linked to `next`, the
   * address of another such thing. Answers the address of the first of the two that is one.
   */
  linkUnjoined(next: number): number;
}
