import type { Reason } from '../../runtime/actor/reason.js';
import type { ActorCell } from './actor-cell.js';
import { ActorRef, type RefOptions } from './actor-ref.js';
import { checkStopTimeout } from './check.js';
import type { AnyActor } from './definition.js';
import type { SystemCore } from './system-core.js';
import type { StopOptions } from './task-handle.js';

/** An actor, as whoever has started it sees it: a reference that can stop it, too. */
export class ActorHandle<A extends AnyActor = AnyActor> extends ActorRef<A> {
  readonly name: string;
  /** Resolves when the actor has ended for good, with the reason. Never rejects. */
  readonly done: Promise<Reason>;
  readonly #cell: ActorCell;
  readonly #linger: number;

  /** @internal See `System.spawn`. */
  constructor(core: SystemCore, cell: ActorCell, options: RefOptions) {
    super(core, cell.endpoint, options);
    this.name = cell.name;
    this.done = cell.done;
    this.#cell = cell;
    this.#linger = core.linger;
  }

  /** How often an instance of it has been started again. */
  get restarts(): number {
    return this.#cell.restarts;
  }

  /**
   * From now on it takes no messages; what is in its mailbox is handled, then its `stop` is called. If that takes
   * longer, it is killed. Resolves when its threads are gone.
   */
  stop(options: StopOptions = {}): Promise<Reason> {
    return this.#cell.stop(checkStopTimeout(options.timeout) ?? this.#linger);
  }

  /** Ends its threads at once; on a shared thread, all that share it. */
  kill(): Promise<Reason> {
    return this.#cell.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.close();
  }
}
