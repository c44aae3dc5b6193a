import { Worker } from 'node:worker_threads';
import { coreOf } from '../../runtime/context/context.js';
import { unpackError } from '../../runtime/control/sent-error.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { limitsOfWorker } from '../../runtime/actor/resource-limits.js';
import { startTimer } from '../../runtime/actor/timer.js';
import { load, type Words } from '../../runtime/memory/atomics.js';
import { newWord } from '../../runtime/memory/own-word.js';
import { Dealer } from '../dealer.js';
import type { CrewOptions, MemberData, MemberNotice } from './crew-types.js';
import { Member, type MemberEvents } from './crew-member.js';

/** Tells a member to go. */
export const STOP = '';

/** A member that is a thread of this process. */
export class ThreadMember extends Member {
  readonly ended: Promise<void>;
  protected override readonly socket: Dealer;
  /** Number of the job that it has begun last: stored by the thread, read when the thread has ended. */
  readonly #begun: Words = newWord();
  readonly #worker: Worker;
  readonly #url: string;
  readonly #startTimer: NodeJS.Timeout | undefined;
  #stopping = false;
  #cause: unknown;

  /** @param endpoint over inproc, for it alone */
  constructor(events: MemberEvents, options: CrewOptions, endpoint: string) {
    super(events, options.credit);
    const { context, composition, url, name, resourceLimits, startTimeout } = options;
    this.#url = url;
    // Credit limits what is under way.
    this.socket = new Dealer({
      context,
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
      linger: 0,
    });
    this.socket.bindSync(endpoint);
    const workerData: MemberData = {
      handle: context.handle,
      endpoint,
      composition,
      url,
      task: options.task ?? 'default',
      // A credit of somebody's choice may be spent before results that wait are sent.
      bulk: options.bulk === true && options.credit === undefined,
      begun: this.#begun,
    };
    try {
      this.#worker = new Worker(coreOf(context).services.crewWorker, {
        workerData,
        name,
        ...limitsOfWorker(resourceLimits),
      });
    } catch (error) {
      // There are no more threads to be had; another is to find the endpoint free.
      this.socket.close(0);
      throw error;
    }
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => void this.#exited(code).then(resolve));
    });
    this.#worker.on('error', (error) => (this.#cause ??= error));
    this.#worker.once('message', (notice: MemberNotice) => this.#started(notice));
    this.#startTimer = startTimer(startTimeout, () => this.#late(startTimeout));
  }

  stop(): void {
    if (this.#stopping || this.gone) return;
    this.#stopping = true;
    // It has not joined yet, and may never.
    if (!this.ready) void this.kill();
    else this.socket.send(STOP).catch(() => void this.kill());
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    await this.#worker.terminate();
    await this.ended;
  }

  #started(notice: MemberNotice): void {
    clearTimeout(this.#startTimer);
    if ('failure' in notice) {
      this.#fail(unpackError(notice.failure));
      return;
    }
    this.ready = true;
    // An idle crew keeps no process alive; what its jobs wait for does.
    this.#worker.unref();
    this.events.memberReady(this);
  }

  #late(milliseconds: number): void {
    const message = `${this.#url} was not loaded within ${milliseconds} ms`;
    this.#fail(new ActorError('ERR_ACTOR_START_TIMEOUT', { message }));
    void this.kill();
  }

  #fail(error: unknown): void {
    this.#stopping = true;
    this.events.memberFailed(this, error);
  }

  async #exited(code: number): Promise<void> {
    clearTimeout(this.#startTimer);
    const begun = load(this.#begun, 0);
    await this.leave((number) => ((begun - number) | 0) >= 0, this.#why(code));
  }

  #why(code: number): unknown {
    if (this.#stopping) return undefined;
    return this.#cause ?? new Error(`The thread has ended with code ${code}`);
  }
}
