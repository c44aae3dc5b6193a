import type { ServedSocket } from '../runtime/context/commands.js';
import type { ServedAccount } from '../runtime/context/ledger.js';

/**
 * What has become of the messages that a socket has sent through one endpoint, over any number of
 * connections. Nobody counts them one by one on their way: the socket's end of each pipe knows how many
 * went in, and when a session ends it sees how many are left.
 */
export class Account {
  private flushed = 0;
  private dropped = 0;
  private held = 0;
  private lingering = false;
  private users = 1;

  /**
   * @param endpoint as the command names it; a listener's wildcards are resolved later
   * @param over called when the endpoint and all its sessions have ended
   */
  constructor(
    private readonly socket: ServedSocket,
    private readonly type: string,
    public endpoint: string,
    private readonly over: (account: Account) => void,
  ) {}

  /** A session serves the endpoint from now on. */
  join(): void {
    this.users++;
  }

  /** A session ends, or the endpoint does. */
  leave(): void {
    if (--this.users === 0) this.over(this);
  }

  /**
   * A session gives up its pipe.
   * @param written messages that went into it
   * @param torn messages of which the kernel had accepted a part when a connection broke
   * @param unread messages that are left in it
   * @param ending how it ends: by itself, or because the worker is stopped and its socket was `closed` or is `open`
   */
  settle(
    written: number,
    torn: number,
    unread: number,
    ending: 'itself' | 'closed' | 'open',
  ): void {
    this.flushed += Math.max(written - torn - unread, 0);
    this.dropped += torn;
    if (ending === 'itself') this.dropped += unread;
    else this.held += unread;
    if (ending === 'closed') this.lingering = true;
  }

  get report(): ServedAccount {
    const { type, endpoint, flushed, dropped, held, lingering } = this;
    const { thread, socket } = this.socket;
    return { thread, socket, type, endpoint, flushed, dropped, held, lingering };
  }
}
