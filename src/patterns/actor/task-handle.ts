import { Deadline } from '../../runtime/actor/deadline.js';
import type { Reason } from '../../runtime/actor/reason.js';
import type { HandlePipe } from './handle-pipe.js';
import type { Instance } from './instance.js';
import { type Member, type MemberEnd, outcomeOf } from './members.js';
import type { Running } from './running.js';
import { TERM } from './task.js';
import { checkStopTimeout } from './check.js';

export interface StopOptions {
  /** Milliseconds after which it is killed. Default: the system's linger. */
  readonly timeout?: number | undefined;
}

/** A task that runs in a thread of its own, as whoever has started it sees it. */
export class TaskHandle implements Member {
  readonly name: string;
  /** A PAIR whose peer is the task's `pipe`. */
  readonly pipe: HandlePipe;
  /** Resolves when the task's thread is gone, with the reason. Never rejects. */
  readonly done: Promise<Reason>;
  readonly #thread: Running;
  readonly #linger: number;

  /** @internal See `System.spawn`. */
  constructor(name: string, { thread, pipe, done }: Instance, linger: number) {
    this.name = name;
    this.pipe = pipe;
    this.#thread = thread;
    this.#linger = linger;
    this.done = done;
  }

  /**
   * Tells the task to come to its end (`$TERM`), and kills it if it has not in time. Resolves when its thread is
   * gone; as often as you like.
   */
  async stop(options: StopOptions = {}): Promise<Reason> {
    const timeout = checkStopTimeout(options.timeout) ?? this.#linger;
    await this.#thread.stop(() => this.#sayTerm(), new Deadline(timeout));
    return this.done;
  }

  /** Ends its thread at once, whatever it does. */
  async kill(): Promise<Reason> {
    await this.#thread.kill();
    return this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal */
  async end(timeout: number): Promise<MemberEnd> {
    const reason = await this.stop({ timeout });
    this.pipe.close();
    return { outcome: outcomeOf(reason), dropped: 0 };
  }

  #sayTerm(): void {
    if (this.pipe.closed) return;
    // Behind what was sent before, and waiting for room if need be; that ends with the task at the latest.
    this.pipe.send(TERM).catch(() => undefined);
  }
}
