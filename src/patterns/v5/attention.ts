import type { Socket } from '../socket.js';
import { mustYield } from '../turnstile.js';
import type { Watcher } from '../watcher.js';

/**
 * Looks after a socket: whenever something may have become of it, `look` is called from the event loop, where
 * listeners may do what they like, even throw.
 */
export class Attention implements Watcher {
  private scheduled = false;

  constructor(
    private readonly socket: Socket,
    private readonly look: () => void,
  ) {
    socket.watch(this);
  }

  noticed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    if (mustYield()) setImmediate(this.run);
    // Behind the promises that are settled by now: whoever awaits one message after another listens again in time.
    else queueMicrotask(() => process.nextTick(this.run));
  }

  end(): void {
    this.socket.unwatch(this);
  }

  private readonly run = (): void => {
    this.scheduled = false;
    this.look();
  };
}
