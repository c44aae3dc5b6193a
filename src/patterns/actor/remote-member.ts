import { ActorError } from '../../runtime/actor/errors.js';
import { startTimer } from '../../runtime/actor/timer.js';
import type { CrewOptions } from './crew-types.js';
import { Member, type MemberEvents } from './crew-member.js';
import { control, readControl, STAGE_PROTOCOL } from './stage-wire.js';
import { WatchedDealer } from './watched-dealer.js';

/** A server that says nothing for so long, though it is asked, is gone: its I/O worker answers also while it computes. */
const HEARTBEAT_MILLISECONDS = 2000;
const SILENCE_MILLISECONDS = 10_000;
/** Of each thread there: the way to it is longer than to one here. */
const STOCKS = 2;

/** A stage that is served elsewhere, as one member: what its threads are given is its own affair. */
export class RemoteMember extends Member {
  readonly ended: Promise<void>;
  protected override readonly socket: WatchedDealer;
  readonly #endpoint: string;
  readonly #timer: NodeJS.Timeout | undefined;
  #resolveEnded!: () => void;
  #threads = 1;
  #leaving = false;

  constructor(events: MemberEvents, options: CrewOptions, endpoint: string) {
    super(events, options.credit);
    const { context, startTimeout } = options;
    this.#endpoint = endpoint;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    const watcher = {
      left: () => void this.#lost(new Error('It has ended')),
      lost: () => void this.#lost(new Error('The I/O worker has died')),
    };
    this.socket = new WatchedDealer(watcher, {
      context,
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
      heartbeatInterval: HEARTBEAT_MILLISECONDS,
      heartbeatTimeout: SILENCE_MILLISECONDS,
      linger: 0,
    });
    this.#timer = startTimer(startTimeout, () => this.#late(startTimeout));
    this.socket.events.on('disconnect', ({ error }) => void this.#lost(error));
    this.socket.connect(endpoint);
    void this.#greet();
  }

  override get room(): number {
    if (!this.ready || this.gone) return 0;
    return this.credit.amount * this.#threads * STOCKS - this.load;
  }

  stop(): void {
    // What it has it may finish; nothing is to be told to a server that others use, too.
    if (this.load === 0) void this.kill();
    else this.#leaving = true;
  }

  async kill(): Promise<void> {
    this.#leaving = true;
    await this.#lost(undefined);
    await this.ended;
  }

  /** It says when it is closed, in order. */
  protected override takeControl(message: Buffer[]): boolean {
    if (readControl(message)?.closed !== true) return false;
    void this.#lost(new Error('It has been closed'));
    return true;
  }

  /** The last result has come, after `stop`. */
  protected override idle(): void {
    if (this.#leaving) void this.kill();
  }

  async #greet(): Promise<void> {
    try {
      await this.socket.send(control({ protocol: STAGE_PROTOCOL }));
      const answer = readControl(await this.socket.receive());
      clearTimeout(this.#timer);
      if (this.gone) return;
      if (typeof answer?.threads !== 'number') {
        this.#unreachable(typeof answer?.refused === 'string' ? answer.refused : 'it is no stage');
        return;
      }
      this.#threads = answer.threads;
      this.ready = true;
      this.events.memberReady(this);
    } catch (error) {
      if (!this.gone) this.events.memberFailed(this, error);
    }
  }

  #late(milliseconds: number): void {
    this.#unreachable(`there was no answer within ${milliseconds} ms`);
  }

  #unreachable(why: string): void {
    const message = `The stage at ${this.#endpoint} cannot be used: ${why}`;
    this.events.memberFailed(this, new ActorError('ERR_STAGE_UNREACHABLE', { message }));
  }

  async #lost(error: unknown): Promise<void> {
    if (this.gone) return;
    clearTimeout(this.#timer);
    const message = `The connection to the stage at ${this.#endpoint} was lost`;
    const why = this.#leaving
      ? undefined
      : new ActorError('ERR_STAGE_UNREACHABLE', { message, cause: error });
    // Nobody can tell what of its jobs it had begun.
    await this.leave(() => true, why);
    this.#resolveEnded();
  }
}
