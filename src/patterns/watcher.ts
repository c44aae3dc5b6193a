/** Whoever wants to know when a socket may have become ready. */
export interface Watcher {
  /**
   * The socket may have become ready, was closed, or its context was shut down. Called in the middle of
   * things, so only take note, and look when they are done.
   */
  noticed(): void;
}
