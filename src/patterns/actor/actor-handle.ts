import type { Reason } from '../../runtime/actor/reason.js';
import type { ActorCell } from './actor-cell.js';
import { ActorRef, type RefOptions } from './actor-ref.js';
import { checkStopTimeout, checkTime } from './check.js';
import type { CallOptions } from './control-channel.js';
import type { AnyActor, ControlsOf } from './definition.js';
import type { SystemCore } from './system-core.js';
import type { StopOptions } from './task-handle.js';

/** An actor's control methods, as they are called from elsewhere. */
export type Remote<A extends AnyActor> = {
  readonly [K in keyof ControlsOf<A>]: ControlsOf<A>[K] extends (
    state: never,
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** An actor, as whoever has started it sees it: a reference that can stop it, too. */
export class ActorHandle<A extends AnyActor = AnyActor> extends ActorRef<A> {
  readonly name: string;
  /** Resolves when the actor has ended for good, with the reason. Never rejects. */
  readonly done: Promise<Reason>;
  readonly #cell: ActorCell;
  readonly #linger: number;

  /**
   * @internal See `System.spawn`.
   * @param endpoint what the actor is bound to
   */
  constructor(core: SystemCore, cell: ActorCell, endpoint: string, options: RefOptions) {
    super(core, endpoint, options);
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
   * The actor's `control` methods, called beside its messages: at once also while a handler blocks in a socket's
   * `receiveSync` or a poller's `waitSync`, if they return no promise. Of several instances one is called.
   * @param options for each call
   * @throws each call: what the method throws; ActorError ERR_ACTOR_DIED, at once, if the actor dies or does not run;
   * ERR_ACTOR_METHOD; ERR_ACTOR_TIMEOUT; ERR_ACTOR_CLONE; the reason of the signal
   */
  control(options: CallOptions = {}): Remote<A> {
    const { timeout, signal } = options;
    if (timeout !== undefined) checkTime('timeout', timeout);
    const limits: CallOptions = { timeout, ...(signal === undefined ? {} : { signal }) };
    const call = (method: string, args: unknown[]): Promise<unknown> =>
      this.#cell.call(method, args, limits);
    return new Proxy(Object.freeze({}), {
      get: (_, method) =>
        // No promise, whatever awaits it.
        typeof method === 'string' && method !== 'then'
          ? (...args: unknown[]) => call(method, args)
          : undefined,
    }) as Remote<A>;
  }

  /**
   * From now on it takes no messages; what is in its mailbox is handled, then its `stop` is called. If that takes
   * longer, it is killed. Resolves when its threads are gone, as `done` does: with `stopped`, or with what an instance
   * died of meanwhile.
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
