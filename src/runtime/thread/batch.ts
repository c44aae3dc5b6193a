/** Something that has written what it has not published. */
export interface Held {
  publishHeld(): void;
}

/**
 * Messages that one call sends are published together: each by itself costs an atomic store, and often a ring
 * for a reader that has just begun to sleep. Open only while such a call runs, which neither waits nor runs
 * code of the application's meanwhile: whatever was sent is never held back for longer.
 */
export class Batch {
  /** A field, since every write looks at it. */
  open = false;
  private readonly held: Held[] = [];

  begin(): void {
    this.open = true;
  }

  /** What has written something, for the first time since `begin`. */
  hold(what: Held): void {
    this.held.push(what);
  }

  end(): void {
    this.open = false;
    for (const what of this.held) what.publishHeld();
    this.held.length = 0;
  }
}
