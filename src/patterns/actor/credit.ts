import type { Room } from './wire.js';

/** A mailbox tells a reference that may wait of so much of its room at once: each time costs a message. */
const LOT = 1 / 4;

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

  /** Room of which the mailbox is to tell at once. */
  get lot(): Room {
    return { messages: Math.ceil(this.messages * LOT), bytes: Math.ceil(this.bytes * LOT) };
  }

  /** Does somebody wait, for whom there may be no room before all is free that the mailbox has not told of? */
  get wants(): boolean {
    if (this.queue.length === 0) return false;
    const { messages, bytes } = this.lot;
    return this.usedMessages < messages && this.usedBytes < bytes;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Takes room for a message, if there is some and nobody waits for it. */
  take(bytes: number): boolean {
    return this.queue.length === 0 && this.occupy(bytes);
  }

  /**
   * Waits for room. Resolves behind `admitted`, which is called as soon as there is some, in turn: nobody comes between.
   */
  wait(bytes: number, signal: AbortSignal | undefined, admitted: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const waiting: Waiting = {
        bytes,
        resolve: () => {
          signal?.removeEventListener('abort', aborted);
          admitted();
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
        // Others may wait with the same signal, and have yet to hear of it.
        queueMicrotask(() => this.admit());
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.queue.push(waiting);
    });
  }

  give({ messages, bytes }: Room): void {
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
