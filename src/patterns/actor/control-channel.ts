import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { ActorError } from '../../runtime/actor/errors.js';
import { startTimer } from '../../runtime/actor/timer.js';
import { coreOf, type Context } from '../../runtime/context/context.js';
import type { Caller } from '../../runtime/control/caller.js';
import { diedError } from './codec.js';
import type { Instance } from './instance.js';
import type { ControlPort } from './offer-controls.js';
import type { WaitOptions } from '../pending.js';
import { isActorReady } from './run-actor.js';

export interface CallOptions extends WaitOptions {
  /** Milliseconds until the answer must be there. Default: for ever. */
  readonly timeout?: number | undefined;
}

/** The way to the control methods of one instance of an actor. It ends with the instance. */
export class ControlChannel {
  private readonly port: MessagePort;
  private caller: Caller | undefined;
  private readonly over: Promise<never>;

  constructor(
    private readonly context: Context,
    private readonly name: string,
    private readonly instance: Instance,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    instance.thread.post({ control: port2 } satisfies ControlPort, [port2]);
    this.over = instance.done.then((reason) => {
      this.caller?.close();
      port1.close();
      throw diedError(name, reason);
    });
    this.over.catch(() => undefined);
  }

  async call(
    method: string,
    args: readonly unknown[],
    { timeout, signal }: CallOptions,
  ): Promise<unknown> {
    signal?.throwIfAborted();
    // comlink takes some milliseconds to load.
    const { Caller: Made } = await import('../../runtime/control/caller.js');
    this.caller ??= new Made(this.port);
    const ready = await this.instance.thread.ready;
    // It may have been aborted meanwhile, when nobody heard it.
    signal?.throwIfAborted();
    let answer: Promise<unknown>;
    try {
      answer = this.caller.call(method, args);
    } catch (cause) {
      throw this.uncloneable(method, cause);
    }
    // It may be blocked, and nothing but its doorbell reaches it then.
    if (isActorReady(ready)) coreOf(this.context).wake(ready.slot);
    const limits: (() => void)[] = [];
    const given = new Promise<never>((_, reject) => {
      if (timeout !== undefined) {
        const message = `No answer of ${this.name} to ${method} in ${timeout} ms`;
        const expired = (): void => reject(new ActorError('ERR_ACTOR_TIMEOUT', { message }));
        const timer = startTimer(timeout, expired);
        limits.push(() => clearTimeout(timer));
      }
      if (signal === undefined) return;
      const aborted = (): void => reject(signal.reason);
      signal.addEventListener('abort', aborted, { once: true });
      limits.push(() => signal.removeEventListener('abort', aborted));
    });
    try {
      return await Promise.race([answer, this.over, given]);
    } catch (error) {
      throw error instanceof Error && error.name === 'DataCloneError'
        ? this.uncloneable(method, error)
        : error;
    } finally {
      for (const lift of limits) lift();
    }
  }

  private uncloneable(method: string, cause: unknown): ActorError {
    const message = `An argument of ${method}, or its answer, cannot be cloned`;
    return new ActorError('ERR_ACTOR_CLONE', { message, cause });
  }
}
