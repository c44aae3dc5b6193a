/** A connection that has been accepted, and not looked at yet. */
export interface Refusable {
  /** Closes it. */
  refuse(): void;
}

/**
 * Connections that one listener has in their handshake at a time. Each costs up to 8 KiB and a timer, for
 * `handshakeInterval` at most: all together no more than 8 MiB. A handshake takes a few milliseconds, so
 * honest peers come nowhere near it, thousands at once included.
 */
export const HANDSHAKES_MOST = 1024;

/**
 * Connections that wait for those to be over. Accepting would better pause instead, and leave them to
 * the kernel, but node:net's listeners take what comes and cannot be told to stop. So they are held
 * unread, at the price of a descriptor and some 2 KiB each; whoever comes on top of so many is closed,
 * and will connect again.
 */
export const WAITING_MOST = 4096;

/** Where accepted connections wait unread, first come, first served. */
export class WaitingRoom<Connection extends Refusable> {
  private waiting: Connection[] = [];
  private first = 0;

  constructor(private readonly most = WAITING_MOST) {}

  get size(): number {
    return this.waiting.length - this.first;
  }

  /** Takes a connection in, or refuses it if there is no room, and answers false. */
  enter(connection: Connection): boolean {
    const room = this.size < this.most;
    if (room) this.waiting.push(connection);
    else connection.refuse();
    return room;
  }

  /** Whoever has waited longest. */
  next(): Connection | undefined {
    const connection = this.waiting[this.first];
    if (connection === undefined) return undefined;
    // Moved together now and then, so that leaving costs the same however many wait.
    if (++this.first * 2 >= this.waiting.length) {
      this.waiting = this.waiting.slice(this.first);
      this.first = 0;
    }
    return connection;
  }

  /** Refuses everybody. */
  clear(): void {
    for (const connection of this.waiting.splice(0).slice(this.first)) connection.refuse();
    this.first = 0;
  }
}
