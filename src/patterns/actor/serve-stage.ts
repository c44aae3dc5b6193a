import { Closable } from '../../runtime/actor/closable.js';
import { ZmqError } from '../../runtime/base/errors.js';
import {
  checkFunction,
  checkMilliseconds,
  checkModule,
  checkThreads,
  nameOf,
  threadsByDefault,
} from '../../runtime/actor/pool-options.js';
import { checkResourceLimits } from '../../runtime/actor/resource-limits.js';
import type { CloseOptions, CloseReport } from '../../runtime/actor/pool-types.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Context } from '../../runtime/context/context.js';
import { context as processContext } from '../../runtime/context/default-context.js';
import { packError } from '../../runtime/control/sent-error.js';
import { Router } from '../router.js';
import { decodeBatch, encodeBatch, FAILED, kindOf, NAMED, type Entry } from './batch.js';
import { Crew, type CrewEvents } from './crew.js';
import { crewNames, type CrewNames } from './crew-names.js';
import { crewReports } from './crew-reports.js';
import type { CrewOptions, Job } from './crew-types.js';
import type { MemberEvents } from './crew-member.js';
import { START_MILLISECONDS } from './pipeline-spec.js';
import type { StageOptions } from './pipeline-types.js';
import { control, readControl, STAGE_PROTOCOL } from './stage-wire.js';
import { ThreadMember } from './thread-member.js';

/** What no pipeline reaches that counts credit; another that sends more has its jobs refused. */
const JOBS_MOST_OF_ONE = 100_000;
/** Whoever greets again and again costs no more than this. */
const WELCOMED_MOST = 1000;
const CLOSE_MILLISECONDS = 5000;

export interface ServeStageOptions extends Pick<
  StageOptions,
  'threads' | 'task' | 'name' | 'credit' | 'resourceLimits' | 'startTimeout'
> {
  /** Default: the process's own. */
  readonly context?: Context | undefined;
  /** Milliseconds that `close` gives running jobs. Default 5000. */
  readonly closeTimeout?: number | undefined;
  /**
   * Told when it has no threads left, and no others can be had: with why, which is also what every item then fails
   * with. Default: a warning of the process, LOOMWIRE_THREADS_LOST.
   */
  readonly onBroken?: ((error: unknown) => void) | undefined;
}

export interface ServedStageStats {
  readonly threads: number;
  readonly completed: number;
  readonly failed: number;
  readonly queued: number;
  readonly running: number;
  readonly deaths: number;
  /** Messages that were nothing this stage understands. */
  readonly refused: number;
}

/** A stage that pipelines elsewhere use. It keeps the process alive until it is closed. */
export interface ServedStage {
  /** Where it is, with wildcards resolved. */
  readonly endpoint: string;
  stats(): ServedStageStats;
  /** Ends it: running jobs may go on until `timeout`. */
  close(options?: CloseOptions): Promise<CloseReport>;
  [Symbol.asyncDispose](): Promise<void>;
  /** Resolves when it has been closed, and its threads are gone. */
  readonly ended: Promise<CloseReport>;
}

/** A stage whose threads are loading the module: it can be closed already. */
export interface LoadingStage extends ServedStage {
  /**
   * Binds it when they have. If that fails, nothing is left of it.
   * @throws ActorError ERR_ACTOR_STOPPED if it was closed meanwhile; why it cannot be had
   */
  open(endpoint: string): Promise<void>;
}

/**
 * See `System.serveStage`.
 * @param composition what each thread loads first
 */
export function startStage(
  url: URL | string,
  options: ServeStageOptions = {},
  composition?: string,
): LoadingStage {
  const href = checkModule(url);
  const { context = processContext, threads = threadsByDefault(), name = nameOf(href) } = options;
  const { startTimeout = START_MILLISECONDS, closeTimeout = CLOSE_MILLISECONDS } = options;
  const { task, credit, resourceLimits, onBroken } = options;
  checkThreads(threads);
  if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
  checkMilliseconds('startTimeout', startTimeout);
  checkMilliseconds('closeTimeout', closeTimeout);
  checkFunction('onBroken', onBroken);
  const crew: CrewOptions = {
    ...{ context, composition, url: href, task, name, threads },
    ...{ credit, resourceLimits, startTimeout },
    // Whether an item is given to another thread is for its pipeline to say.
    retry: 0,
    bulk: true,
  };
  return new Served(crew, closeTimeout, crewReports(`The stage ${name}`, onBroken));
}

class Served extends Closable implements LoadingStage {
  readonly #crew: Crew;
  readonly #names: CrewNames;
  readonly #router: Router;
  readonly #options: CrewOptions;
  readonly #customers = new Map<string, Customer>();
  /** Ids of those who are to hear of the end; some may have gone. */
  readonly #welcomed = new Map<string, Buffer>();
  #endpoint = '';
  #completed = 0;
  #failed = 0;
  #refused = 0;

  constructor(options: CrewOptions, closeTimeout: number, reports: CrewEvents) {
    super(closeTimeout);
    this.#options = options;
    this.#names = crewNames(options.context);
    this.#router = new Router({
      context: options.context,
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
    });
    this.#crew = new Crew(
      options,
      (events: MemberEvents, place: number) =>
        new ThreadMember(events, options, this.#names.endpoint(place)),
      reports,
    );
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  async open(endpoint: string): Promise<void> {
    try {
      await this.#crew.ready();
      this.#checkOpen();
      await this.#router.bind(endpoint);
      this.#checkOpen();
      this.#endpoint = this.#router.lastEndpoint ?? endpoint;
    } catch (error) {
      // Then it fails for no other reason.
      const { closed } = this;
      await this.close({ timeout: 0 });
      throw closed ? stoppedError() : error;
    }
    void this.#serve();
  }

  #checkOpen(): void {
    if (this.closed) throw stoppedError();
  }

  stats(): ServedStageStats {
    const { threads, queued, running, deaths } = this.#crew;
    return {
      ...{ threads, queued, running, deaths },
      completed: this.#completed,
      failed: this.#failed,
      refused: this.#refused,
    };
  }

  protected override async end(): Promise<CloseReport> {
    const report = await this.#crew.close(this.deadline);
    // The last results are on their way in microtasks.
    await Promise.resolve();
    for (const id of this.#welcomed.values())
      void this.#router.send([id, ...control({ closed: true })]);
    this.#router.close();
    this.#names.release();
    return report;
  }

  async #serve(): Promise<void> {
    try {
      for await (const [id, ...message] of this.#router) this.#take(id!, message);
    } catch (error) {
      if (!(error instanceof ZmqError && error.code === 'ETERM')) throw error;
      await this.close({ timeout: 0 });
    }
  }

  /** Nothing that comes may cost anybody but its sender anything. */
  #take(id: Buffer, message: readonly Buffer[]): void {
    const said = readControl(message);
    if (said !== undefined) {
      this.#welcome(id, said.protocol);
      return;
    }
    let entries: readonly Entry[];
    try {
      ({ entries } = decodeBatch(message));
    } catch {
      this.#refused++;
      return;
    }
    const customer = this.#customerOf(id);
    for (const entry of entries) customer.accept(entry);
  }

  #welcome(id: Buffer, protocol: unknown): void {
    const answer =
      protocol === STAGE_PROTOCOL
        ? control({ threads: this.#options.threads })
        : control({ refused: `it speaks ${STAGE_PROTOCOL}` });
    void this.#router.send([id, ...answer]);
    this.#welcomed.set(id.toString('latin1'), id);
    if (this.#welcomed.size <= WELCOMED_MOST) return;
    for (const oldest of this.#welcomed.keys()) {
      this.#welcomed.delete(oldest);
      break;
    }
  }

  #customerOf(id: Buffer): Customer {
    const key = id.toString('latin1');
    let customer = this.#customers.get(key);
    if (customer === undefined) {
      customer = new Customer(
        this.#crew,
        (entries) => this.#answer(id, entries),
        () => this.#customers.delete(key),
      );
      this.#customers.set(key, customer);
    }
    return customer;
  }

  #answer(id: Buffer, entries: readonly Entry[]): void {
    const failed = entries.filter(({ kind }) => kind === FAILED).length;
    this.#failed += failed;
    this.#completed += entries.length - failed;
    const told = Math.round(this.#crew.perJob * entries.length);
    // To one that has gone it is dropped.
    this.#router.send([id, ...encodeBatch({ told, entries })]).catch((error: unknown) => {
      if (!(error instanceof ZmqError)) throw error;
    });
  }
}

/** A pipeline that uses the stage: its jobs, and the results that go back together. */
class Customer {
  #jobs = 0;
  #results: Entry[] = [];

  constructor(
    private readonly crew: Crew,
    private readonly answer: (entries: readonly Entry[]) => void,
    private readonly idle: () => void,
  ) {}

  accept(entry: Entry): void {
    this.#jobs++;
    if (this.#jobs > JOBS_MOST_OF_ONE) {
      const message = `It has ${JOBS_MOST_OF_ONE} jobs already`;
      this.over(entry.number, FAILED, packError(new ActorError('ERR_POOL_FULL', { message })));
      return;
    }
    // The function is what the stage was started with, whatever a customer may say.
    const named = entry.kind === NAMED && Array.isArray(entry.value);
    const argument: unknown = named ? (entry.value as unknown[])[1] : entry.value;
    this.crew.submit(new ServedJob(this, entry.number, argument));
  }

  over(number: number, kind: number, value: unknown): void {
    this.#jobs--;
    this.#results.push({ number, kind, value });
    if (this.#results.length > 1) return;
    // Results come in batches, and go in batches.
    queueMicrotask(() => {
      const results = this.#results;
      this.#results = [];
      this.answer(results);
      if (this.#jobs === 0) this.idle();
    });
  }
}

class ServedJob implements Job {
  deaths = 0;
  readonly forgotten = false;
  readonly task = 'default';

  constructor(
    private readonly customer: Customer,
    private readonly number: number,
    readonly argument: unknown,
  ) {}

  begin(): void {
    // Nobody waits for it.
  }

  done(value: unknown): void {
    this.customer.over(this.number, kindOf(value), value);
  }

  fail(error: unknown): void {
    this.customer.over(this.number, FAILED, packError(error));
  }
}

function stoppedError(): ActorError {
  return new ActorError('ERR_ACTOR_STOPPED', { message: 'The stage is being closed' });
}
