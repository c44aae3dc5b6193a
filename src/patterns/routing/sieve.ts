import type { Thread } from '../../runtime/thread/thread.js';

/**
 * Messages nobody wants that are passed over at a stretch: a peer that sends nothing else must not keep a call
 * from its timeout, or the thread from its event loop.
 */
const PASSED_OVER_MOST = 1000;

/** A socket that does not give whatever comes to its application. */
export interface Sieved {
  readonly closed: boolean;
  /** The next message, wanted or not. @param views see `Socket.xrecv` */
  xnext(views?: boolean): Buffer[] | undefined;
  xwants(message: readonly Buffer[]): boolean;
  progress(): void;
}

/** Takes from what has come to a socket the messages that it wants, and passes over the others. */
export class Sieve {
  /** A message that was found to be there, but has not been asked for yet. */
  private found: Buffer[] | undefined;
  private looksAgain = false;

  constructor(
    private readonly socket: Sieved,
    private readonly thread: Thread,
  ) {}

  hasIn(): boolean {
    this.found ??= this.next();
    return this.found !== undefined;
  }

  /** The next message that is wanted. @param views see `Socket.xrecv` */
  receive(views?: boolean): Buffer[] | undefined {
    const message = this.found ?? this.next(views);
    this.found = undefined;
    return message;
  }

  private next(views?: boolean): Buffer[] | undefined {
    for (let passed = 0; passed < PASSED_OVER_MOST; passed++) {
      const message = this.socket.xnext(views);
      if (message === undefined || this.socket.xwants(message)) return message;
    }
    this.lookAgain();
    return undefined;
  }

  /** There may be more, and nothing will announce it. */
  private lookAgain(): void {
    this.thread.again();
    if (this.looksAgain) return;
    this.looksAgain = true;
    setImmediate(() => {
      this.looksAgain = false;
      if (!this.socket.closed) this.socket.progress();
    });
  }
}
