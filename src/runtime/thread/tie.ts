/** Something that waits for another thread, or reads what that one wrote. */
export interface Tie {
  /** Is that thread dead, and `peerDied` still to come? */
  lostPeer(): boolean;
  /** It is, and none of its nodes lies on this thread's list or ever will. */
  peerDied(): void;
  /** Is it not known yet which thread that will be? */
  unjoined(): boolean;
}
