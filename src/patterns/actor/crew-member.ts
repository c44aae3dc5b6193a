import { unpackError } from '../../runtime/control/sent-error.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Dealer } from '../dealer.js';
import { nextTurn } from '../turnstile.js';
import {
  decodeBatch,
  encodeBatch,
  FAILED,
  kindOf,
  NAMED,
  whyNotCloned,
  type Entry,
} from './batch.js';
import { Credit } from './crew-credit.js';
import type { Job } from './crew-types.js';
import { NumberedJobs } from './numbered-jobs.js';

/** Results taken in a row before others have their turn. */
const MESSAGES_IN_A_ROW = 32;

/** What a crew wants to know of its members. */
export interface MemberEvents {
  /** It can take jobs. */
  memberReady(member: Member): void;
  /** It has given results back, so it can take more. */
  memberFreed(member: Member): void;
  /** It cannot be used, and never could. */
  memberFailed(member: Member, error: unknown): void;
  /**
   * It is gone.
   * @param begun jobs that it had begun, or may have, and given no result of; in their order
   * @param others jobs that it had, and had not begun
   * @param why undefined if it was told to go
   */
  memberGone(member: Member, begun: readonly Job[], others: readonly Job[], why: unknown): void;
}

/** Someone who does the jobs of a crew, one after the other: a thread, or a stage that is served elsewhere. */
export abstract class Member {
  ready = false;
  /** Jobs given a result, so far. */
  finished = 0;
  /** Microseconds spent on them. */
  busy = 0;
  readonly credit: Credit;
  protected gone = false;
  /** Jobs that it has, by their numbers, in the order in which it does them. */
  readonly #jobs = new NumberedJobs();
  #listening = false;
  /** It waits for a message, and has taken all that were there. */
  #parked = false;

  constructor(
    protected readonly events: MemberEvents,
    credit: number | undefined,
  ) {
    this.credit = new Credit(credit);
  }

  protected abstract readonly socket: Dealer;

  /** Jobs that it has. */
  get load(): number {
    return this.#jobs.count;
  }

  /** Jobs that it may be given. */
  get room(): number {
    return this.ready && !this.gone ? this.credit.amount - this.#jobs.count : 0;
  }

  /** Tells it to go, when it has done what it has. */
  abstract stop(): void;
  /** Ends it now. Resolves when it is gone. */
  abstract kill(): Promise<void>;
  /** Resolves when it is gone. */
  abstract readonly ended: Promise<void>;

  /** Gives it jobs. Those that cannot be sent fail. */
  give(jobs: readonly Job[]): void {
    const entries: Entry[] = [];
    for (const job of jobs) entries.push(entryOf(job, this.#jobs.add(job)));
    let parts;
    try {
      parts = encodeBatch({ told: 0, entries });
    } catch {
      const sendable = entries.filter((entry) => this.#checkSendable(entry));
      if (sendable.length === 0) return;
      parts = encodeBatch({ told: 0, entries: sendable });
    }
    for (const job of jobs) job.begin();
    this.socket.send(parts).catch((error: unknown) => this.#broken(error));
    if (!this.#listening) void this.#listen();
  }

  /** It has died, or was lost. `began` says of a job's number whether it may have been begun. */
  protected async leave(began: (number: number) => boolean, why: unknown): Promise<void> {
    if (this.gone) return;
    this.gone = true;
    // What it had sent before is there, and comes first.
    let more: boolean;
    do {
      more = this.socket.readable;
      await nextTurn();
    } while (this.#listening && (more || !this.#parked));
    this.socket.close(0);
    const begun: Job[] = [];
    const others: Job[] = [];
    this.#jobs.takeAll((job, number) => (began(number) ? begun : others).push(job));
    this.events.memberGone(this, begun, others, why);
  }

  /** Takes results for as long as some are missing: a member without jobs keeps no process alive. */
  async #listen(): Promise<void> {
    this.#listening = true;
    try {
      for (let taken = 1; this.#jobs.count > 0; taken++) {
        this.#take(this.socket.tryReceive() ?? (await this.#next()));
        if (taken % MESSAGES_IN_A_ROW === 0) await nextTurn();
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#listening = false;
    }
  }

  async #next(): Promise<Buffer[]> {
    this.#parked = true;
    try {
      return await this.socket.receive();
    } finally {
      this.#parked = false;
    }
  }

  #take(message: Buffer[]): void {
    if (this.takeControl(message)) return;
    const { told, entries } = decodeBatch(message);
    if (entries.length === 0) return;
    this.busy += told;
    this.finished += entries.length;
    this.credit.learn(told, entries.length);
    for (const { number, kind, value } of entries) {
      const job = this.#jobs.take(number);
      if (job === undefined) continue;
      if (kind === FAILED) job.fail(unpackError(value as never));
      else job.done(value);
    }
    this.events.memberFreed(this);
    if (this.#jobs.count === 0) this.idle();
  }

  /** Takes a message that is no results. */
  protected takeControl(_message: Buffer[]): boolean {
    return false;
  }

  /** It has no jobs any more. */
  protected idle(): void {
    // Most have nothing to do then.
  }

  #checkSendable(entry: Entry): boolean {
    const why = whyNotCloned(entry);
    if (why === undefined) return true;
    const job = this.#jobs.take(entry.number)!;
    const message = `An argument cannot be sent: ${String(why.error)}`;
    job.fail(new ActorError('ERR_ACTOR_CLONE', { message, cause: why.error }));
    return false;
  }

  /** The socket is of no use any more, as when its context has ended. */
  #broken(error: unknown): void {
    if (this.gone) return;
    const jobs: Job[] = [];
    this.#jobs.takeAll((job) => jobs.push(job));
    for (const job of jobs) job.fail(error);
    this.events.memberFailed(this, error);
  }
}

function entryOf(job: Job, number: number): Entry {
  const { argument } = job;
  if (job.task === 'default') return { number, kind: kindOf(argument), value: argument };
  return { number, kind: NAMED, value: [job.task, argument] };
}
