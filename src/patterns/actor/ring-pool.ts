import { checkItems, mapTasks, type Submitted } from '../../runtime/actor/map-tasks.js';
import { Closable } from '../../runtime/actor/closable.js';
import { checkCount, type CheckedPoolOptions } from '../../runtime/actor/pool-options.js';
import type {
  CloseReport,
  MapOptions,
  Pool,
  PoolStats,
  RunOptions,
} from '../../runtime/actor/pool-types.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { Durations } from '../../runtime/actor/times.js';
import type { Context } from '../../runtime/context/context.js';
import { Crew } from './crew.js';
import { crewNames } from './crew-names.js';
import { crewReports, type OnBroken } from './crew-reports.js';
import type { CrewOptions, Job } from './crew-types.js';
import type { MemberEvents } from './crew-member.js';
import { ThreadMember } from './thread-member.js';

/** Twice the credit that the smallest tasks get: there is always a batch under way, and another in the making. */
const IN_FLIGHT_PER_THREAD = 512;
/** A clock costs as much as the smallest tasks: one of so many is timed. */
const TIMED_OF = 16;
/** As an actor's. */
const START_TIMEOUT = 30_000;

/**
 * A pool for tasks of less than a millisecond: they go to their threads and back in batches, over rings, and no
 * event loop turns for each. Arguments and results are copied, also where `transferList` names them.
 */
export class RingPool extends Closable implements Pool {
  readonly #options: CheckedPoolOptions;
  readonly #crew: Crew;
  readonly #waitTime = new Durations();
  readonly #runTime = new Durations();
  #submitted = 0;
  #completed = 0;
  #failed = 0;
  readonly #names: { release(): void };

  /** @param composition what each thread loads first */
  constructor(
    options: CheckedPoolOptions,
    context: Context,
    composition: string | undefined,
    onBroken: OnBroken | undefined,
  ) {
    super(options.closeTimeout);
    this.#options = options;
    const { url, name, threads, resourceLimits } = options;
    const names = crewNames(context);
    this.#names = names;
    const crew: CrewOptions = {
      ...{ context, composition, url, name, threads, resourceLimits },
      ...{ retry: 0, startTimeout: START_TIMEOUT },
    };
    const hire = (events: MemberEvents, place: number): ThreadMember =>
      new ThreadMember(events, crew, names.endpoint(place));
    this.#crew = new Crew(crew, hire, crewReports(`The pool ${name}`, onBroken));
  }

  run(argument: unknown, options: RunOptions = {}): Promise<never> {
    const { name = 'default', signal } = options;
    return new Promise<unknown>((resolve, reject) => {
      this.#accept(new RingTask(this, argument, name, resolve, reject), signal);
    }) as Promise<never>;
  }

  map(
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions = {},
  ): AsyncIterableIterator<never> {
    checkItems(items);
    const { inFlight = this.#options.threads * IN_FLIGHT_PER_THREAD, name } = options;
    checkCount('inFlight', inFlight, 1, Number.MAX_SAFE_INTEGER);
    const submit = (argument: unknown, signal: AbortSignal | undefined): Submitted =>
      this.#submit(argument, { signal, name });
    return mapTasks(items, submit, inFlight, options) as AsyncIterableIterator<never>;
  }

  ready(): Promise<void> {
    return this.#crew.ready();
  }

  stats(): PoolStats {
    const crew = this.#crew;
    return {
      threads: crew.threads,
      queued: crew.queued,
      running: crew.running,
      completed: this.#completed,
      failed: this.#failed,
      deaths: crew.deaths,
      waitTime: this.#waitTime.summary,
      runTime: this.#runTime.summary,
    };
  }

  protected override async end(): Promise<CloseReport> {
    const report = await this.#crew.close(this.deadline);
    this.#names.release();
    return report;
  }

  #submit(argument: unknown, { name = 'default', signal }: RunOptions): Submitted {
    let task: RingTask;
    const result = new Promise<unknown>((resolve, reject) => {
      task = new RingTask(this, argument, name, resolve, reject);
    });
    this.#accept(task!, signal);
    return { result, forget: () => task.forget(new ActorError('ERR_POOL_CLOSED')) };
  }

  #accept(task: RingTask, signal: AbortSignal | undefined): void {
    const { maxQueue } = this.#options;
    if (this.#submitted++ % TIMED_OF === 0) task.since = performance.now();
    if (signal?.aborted === true) task.fail(signal.reason);
    // The room is counted only when it matters.
    else if (this.#crew.queued >= maxQueue && this.#crew.queued - this.#crew.room >= maxQueue) {
      const message = `${maxQueue} tasks wait already`;
      task.fail(new ActorError('ERR_POOL_FULL', { message }));
    } else {
      if (signal !== undefined) task.listen(signal);
      this.#crew.submit(task);
    }
  }

  /** @internal */
  over(succeeded: boolean): void {
    if (succeeded) this.#completed++;
    else this.#failed++;
  }

  /** @internal */
  timed(what: 'waitTime' | 'runTime', milliseconds: number): void {
    if (what === 'waitTime') this.#waitTime.record(milliseconds);
    else this.#runTime.record(milliseconds);
  }
}

class RingTask implements Job {
  deaths = 0;
  forgotten = false;
  /** When it was submitted, then when it was sent; 0 if it is not timed. */
  since = 0;
  #release: (() => void) | undefined;

  constructor(
    private readonly pool: RingPool,
    readonly argument: unknown,
    readonly task: string,
    private readonly resolve: (value: unknown) => void,
    private readonly reject: (reason: unknown) => void,
  ) {}

  listen(signal: AbortSignal): void {
    const abort = (): void => this.forget(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#release = () => signal.removeEventListener('abort', abort);
  }

  /** Fails it. A thread that has it already does it in vain: it has others, too, and is not ended for one. */
  forget(reason: unknown): void {
    if (this.forgotten) return;
    this.fail(reason);
  }

  begin(): void {
    if (this.since !== 0) this.#time('waitTime');
  }

  done(value: unknown): void {
    if (this.forgotten) return;
    this.#over(true);
    this.resolve(value);
  }

  fail(error: unknown): void {
    if (this.forgotten) return;
    this.#over(false);
    this.reject(error);
  }

  #over(succeeded: boolean): void {
    this.forgotten = true;
    this.#release?.();
    if (this.since !== 0) this.#time('runTime');
    this.pool.over(succeeded);
  }

  #time(what: 'waitTime' | 'runTime'): void {
    const now = performance.now();
    this.pool.timed(what, now - this.since);
    this.since = now;
  }
}
