interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A reference's room in a mailbox, in messages and in bytes. Whoever waits for some gets it in turn. */
export class Credit {
  private usedMessages = 0;
  private usedBytes = 0;
  private queue: Waiting[] = [];
  private ended: Error | undefined;

  constructor(
    private readonly messages: number,
    private readonly bytes: number,
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  /** Takes room for a message, if there is some and nobody waits for it. */
  take(bytes: number): boolean {
    return this.queue.length === 0 && this.occupy(bytes);
  }

  wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const waiting: Waiting = {
        bytes,
        resolve: () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
        reject: (error) => {
          signal?.removeEventListener('abort', aborted);
          reject(error);
        },
      };
      const aborted = (): void => {
        this.queue = this.queue.filter((each) => each !== waiting);
        reject(signal!.reason);
        this.admit();
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.queue.push(waiting);
    });
  }

  give(messages: number, bytes: number): void {
    this.usedMessages = Math.max(0, this.usedMessages - messages);
    this.usedBytes = Math.max(0, this.usedBytes - bytes);
    this.admit();
  }

  /** Nothing is known of what was used. */
  reset(): void {
    this.usedMessages = 0;
    this.usedBytes = 0;
    this.admit();
  }

  /** There will be no more. */
  end(error: Error): void {
    this.ended = error;
    for (const { reject } of this.queue.splice(0)) reject(error);
  }

  private admit(): void {
    while (this.queue.length > 0 && this.occupy(this.queue[0]!.bytes)) {
      this.queue.shift()!.resolve();
    }
  }

  private occupy(bytes: number): boolean {
    const fits =
      this.usedMessages < this.messages &&
      (this.usedBytes === 0 || this.usedBytes + bytes <= this.bytes);
    if (!fits) return false;
    this.usedMessages++;
    this.usedBytes += bytes;
    return true;
  }
}
