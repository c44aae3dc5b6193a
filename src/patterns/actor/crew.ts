import type { Deadline } from '../../runtime/actor/deadline.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { CloseReport } from '../../runtime/actor/pool-types.js';
import { Fifo } from '../../runtime/base/fifo.js';
import { isTermination } from '../proxy-warnings.js';
import type { CrewOptions, Job } from './crew-types.js';
import type { Member, MemberEvents } from './crew-member.js';
import { Vacancies } from './vacancies.js';

/** Jobs in one message at most: the first results are to come back while the last are under way. */
const BATCH_MOST = 128;

/** So often in a row a member may not be had, or die without having begun anything, before it is taken for hopeless. */
const FAILURES_MOST = 5;

/** What whoever has a crew is told. */
export interface CrewEvents {
  /** A place stays empty for a while: nobody could be had for it. Told once, until somebody is there. */
  crewShort?(why: unknown): void;
  /**
   * It can do nothing any more; all its jobs have failed.
   * @param complete it had all its members once
   */
  crewFailed?(error: unknown, complete: boolean): void;
}

/**
 * Members who run the functions of one module, and the jobs that wait for them. Jobs are given to whoever has most
 * room, and go in batches. What a member that dies had not begun is given to another; what it had begun fails, or
 * is given to another, too, so often as `retry` says.
 *
 * At its start all members have to come: the first that cannot be had ends the others, and `ready` says why. Later
 * one that dies is replaced, if need be again and again, for as long as there are others.
 */
export class Crew implements MemberEvents {
  /** Members that died, or were lost, so far. */
  deaths = 0;
  /** Jobs that were given to another member because theirs had died with them. */
  retried = 0;
  readonly #options: CrewOptions;
  readonly #hire: (events: MemberEvents, place: number) => Member;
  readonly #events: CrewEvents;
  /** By their places. */
  readonly #members: (Member | undefined)[] = [];
  /** Also those whose places are free: until they are gone their endpoints are taken. */
  readonly #living = new Set<Member>();
  readonly #queue = new Fifo<Job>();
  readonly #waitingForReady: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #vacancies = new Vacancies();
  /** Places that somebody was told of. */
  readonly #short = new Set<number>();
  /** What members did that are gone. */
  #busyBefore = 0;
  /** All members were there once. */
  #complete = false;
  #scheduled = false;
  #broken: { readonly error: unknown } | undefined;
  #closing: Promise<CloseReport> | undefined;
  #forced = 0;

  /** @param hire makes a member for a place */
  constructor(
    options: CrewOptions,
    hire: (events: MemberEvents, place: number) => Member,
    events: CrewEvents = {},
  ) {
    this.#options = options;
    this.#hire = hire;
    this.#events = events;
    for (let place = 0; place < options.threads; place++) {
      this.#members.push(this.#enlist(place));
    }
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Jobs that members have. */
  get running(): number {
    return this.#present.reduce((sum, { load }) => sum + load, 0);
  }

  get threads(): number {
    return this.#present.filter(({ ready }) => ready).length;
  }

  /** Jobs that members could be given. */
  get room(): number {
    return this.#present.reduce((sum, { room }) => sum + Math.max(0, room), 0);
  }

  /** Microseconds that members spent on jobs, so far. */
  get busy(): number {
    return this.#present.reduce((sum, { busy }) => sum + busy, this.#busyBefore);
  }

  /** Microseconds of a job, by the last ones. */
  get perJob(): number {
    const known = this.#present.map(({ credit }) => credit.perJob).filter((one) => one > 0);
    return known.reduce((sum, one) => sum + one, 0) / Math.max(1, known.length);
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Why it can do nothing any more. */
  get broken(): { readonly error: unknown } | undefined {
    return this.#broken;
  }

  submit(job: Job): void {
    if (this.#broken !== undefined || this.closed) {
      job.fail(this.#broken === undefined ? closedError() : this.#broken.error);
      return;
    }
    this.#queue.push(job);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Whatever is submitted in this turn goes together.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  /** Resolves when all members are there. Rejects with why one of them cannot be. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waitingForReady.push({ resolve, reject });
      this.#tellReady();
    });
  }

  /** Nothing new begins; what members have may go on until the deadline, that of the first call. */
  close(deadline: Deadline): Promise<CloseReport> {
    return (this.#closing ??= this.#close(deadline));
  }

  memberReady(member: Member): void {
    this.#short.delete(this.#members.indexOf(member));
    if (this.threads === this.#options.threads) this.#complete = true;
    this.#tellReady();
    this.#dispatch();
  }

  memberFreed(member: Member): void {
    this.#vacancies.succeed(this.#members.indexOf(member));
    this.#dispatch();
  }

  memberFailed(member: Member, error: unknown): void {
    const place = this.#release(member);
    const gone = member.kill();
    // What is told of it later is no news.
    if (place === -1 || this.closed || this.#broken !== undefined) return;
    // Its endpoint is taken until it is gone.
    if (this.#goesOnWithout(place, error)) void gone.then(() => this.#fill(place));
  }

  memberGone(member: Member, begun: readonly Job[], others: readonly Job[], why: unknown): void {
    const place = this.#release(member);
    if (why === undefined || this.closed || this.#broken !== undefined) {
      const killed = [...begun, ...others];
      if (this.closed) this.#forced += killed.length;
      for (const job of killed) job.fail(this.#broken?.error ?? closedError());
    } else {
      this.#replace(place, begun, others, why);
    }
  }

  #replace(place: number, begun: readonly Job[], others: readonly Job[], why: unknown): void {
    this.deaths++;
    const again = begun.filter((job) => this.#survives(job, why));
    this.#queue.unshift([...again, ...others]);
    if (begun.length > 0) this.#vacancies.succeed(place);
    // One that is lost for want of a connection waits for it itself.
    else if (this.#options.lasting !== true) {
      const hopeless = this.#vacancies.fail(place) >= FAILURES_MOST;
      if (hopeless && !(this.#complete && this.#anyReady)) {
        this.#break(diedError(`Threads die without having begun anything: ${text(why)}`, why));
        return;
      }
    }
    this.#fill(place);
    this.#dispatch();
  }

  /** Somebody new for a place, after a pause if others have failed there. */
  #fill(place: number): void {
    if (this.closed || this.#broken !== undefined) return;
    // While others are there, no job waits for this one.
    this.#vacancies.fill(place, !this.#anyReady, () => {
      try {
        this.#members[place] = this.#enlist(place);
      } catch (error) {
        if (this.#goesOnWithout(place, error)) this.#fill(place);
      }
    });
  }

  /** Nobody could be had for a place: is it tried again? If not, all is over, and everyone is told. */
  #goesOnWithout(place: number, error: unknown): boolean {
    const failures = this.#vacancies.fail(place);
    if (this.#isHopeless(failures, error)) {
      this.#break(error);
      return false;
    }
    for (const { reject } of this.#waitingForReady.splice(0)) reject(error);
    if (!this.#short.has(place)) {
      this.#short.add(place);
      this.#events.crewShort?.(error);
    }
    return true;
  }

  #isHopeless(failures: number, error: unknown): boolean {
    if (isTermination(error)) return true;
    // It has been tried for as long as it may take, and whoever could be had elsewhere is no better.
    if (this.#options.lasting === true) return !this.#anyReady;
    return !this.#complete || (failures >= FAILURES_MOST && !this.#anyReady);
  }

  /** Is a job whose member has died with it to be done by another? */
  #survives(job: Job, why: unknown): boolean {
    job.deaths++;
    if (job.deaths <= this.#options.retry) {
      this.retried++;
      return true;
    }
    job.fail(diedError(`A thread died in ${this.#options.url}: ${text(why)}`, why));
    return false;
  }

  /** To each member its share in one message; more of them only where that is not all. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const ready = this.#present.filter(({ room }) => room > 0);
      if (ready.length === 0) return;
      ready.sort((one, other) => other.room - one.room);
      const share = Math.ceil(this.#queue.length / ready.length);
      for (const member of ready) {
        const jobs = this.#take(Math.min(member.room, share, BATCH_MOST));
        if (jobs.length === 0) return;
        member.give(jobs);
      }
    }
  }

  #take(count: number): Job[] {
    const jobs: Job[] = [];
    while (jobs.length < count) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      if (!job.forgotten) jobs.push(job);
    }
    return jobs;
  }

  get #present(): Member[] {
    return this.#members.filter((member) => member !== undefined);
  }

  get #anyReady(): boolean {
    return this.#present.some(({ ready }) => ready);
  }

  #enlist(place: number): Member {
    const member = this.#hire(this, place);
    this.#living.add(member);
    void member.ended.then(() => this.#living.delete(member));
    return member;
  }

  /** Its place is free. */
  #release(member: Member): number {
    const place = this.#members.indexOf(member);
    if (place === -1) return place;
    this.#members[place] = undefined;
    this.#busyBefore += member.busy;
    return place;
  }

  #break(error: unknown): void {
    if (this.#broken !== undefined) return;
    this.#broken = { error };
    this.#vacancies.close();
    this.#failQueue(error);
    for (const { reject } of this.#waitingForReady.splice(0)) reject(error);
    // The end of its context is everybody's, and told elsewhere.
    this.#events.crewFailed?.(error, this.#complete && !isTermination(error));
    for (const member of this.#present) void member.kill();
  }

  #failQueue(error: unknown): number {
    let failed = 0;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      if (job.forgotten) continue;
      failed++;
      job.fail(error);
    }
    return failed;
  }

  #tellReady(): void {
    if (this.#waitingForReady.length === 0) return;
    if (this.#broken !== undefined) {
      for (const { reject } of this.#waitingForReady.splice(0)) reject(this.#broken.error);
    } else if (this.threads === this.#options.threads) {
      for (const { resolve } of this.#waitingForReady.splice(0)) resolve();
    }
  }

  async #close(deadline: Deadline): Promise<CloseReport> {
    // `closed` has to be true before anybody hears of it.
    await Promise.resolve();
    this.#vacancies.close();
    const dropped = this.#failQueue(closedError());
    for (const { reject } of this.#waitingForReady.splice(0)) reject(closedError());
    const ran = this.running;
    const members = [...this.#living];
    for (const member of members) member.stop();
    await deadline.within(Promise.all(members.map((member) => member.ended)));
    await Promise.all(members.map((member) => member.kill()));
    return { drained: ran - this.#forced, dropped, forced: this.#forced };
  }
}

function diedError(message: string, cause: unknown): ActorError {
  return new ActorError('ERR_WORKER_DIED', { message, cause });
}

function closedError(): ActorError {
  return new ActorError('ERR_POOL_CLOSED');
}

function text(why: unknown): string {
  return why instanceof Error ? why.message : String(why);
}
