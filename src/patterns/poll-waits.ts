interface PollWait<Event> {
  readonly endless: boolean;
  readonly resolve: (events: Event[]) => void;
  readonly reject: (reason: unknown) => void;
  readonly release: () => void;
}

/** A poller's awaiting calls. All of them wait for the same, and are told together. */
export class PollWaits<Event> {
  private readonly waits = new Set<PollWait<Event>>();

  /** @param last asked when a call's time is over: what has become ready in the last moment counts */
  constructor(private readonly last: () => Event[]) {}

  get size(): number {
    return this.waits.size;
  }

  /** @param timeout milliseconds, negative for ever */
  wait(timeout: number, signal?: AbortSignal): Promise<Event[]> {
    return new Promise((resolve, reject) => {
      const expire = (): void => {
        this.finish(wait);
        try {
          resolve(this.last());
        } catch (error) {
          reject(error);
        }
      };
      const timer = timeout < 0 ? undefined : setTimeout(expire, timeout);
      const onAbort = (): void => {
        this.finish(wait);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const release = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const wait: PollWait<Event> = { endless: timeout < 0, resolve, reject, release };
      this.waits.add(wait);
    });
  }

  /** Each caller gets an array of its own. */
  resolve(events: readonly Event[]): void {
    for (const wait of [...this.waits]) {
      this.finish(wait);
      wait.resolve([...events]);
    }
  }

  reject(reason: unknown): void {
    for (const wait of [...this.waits]) this.fail(wait, reason);
  }

  /** Those that no timeout will end. */
  rejectEndless(reason: unknown): void {
    for (const wait of [...this.waits]) if (wait.endless) this.fail(wait, reason);
  }

  private fail(wait: PollWait<Event>, reason: unknown): void {
    this.finish(wait);
    wait.reject(reason);
  }

  private finish(wait: PollWait<Event>): void {
    this.waits.delete(wait);
    wait.release();
  }
}
