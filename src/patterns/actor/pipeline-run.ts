import { Deadline } from '../../runtime/actor/deadline.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Context } from '../../runtime/context/context.js';
import { Crew } from './crew.js';
import { crewNames } from './crew-names.js';
import { crewReports } from './crew-reports.js';
import type { CrewOptions, Job } from './crew-types.js';
import { InOrder } from './in-order.js';
import type { Member, MemberEvents } from './crew-member.js';
import type { PipelineSpec, StageSpec } from './pipeline-spec.js';
import type { PipelineReport, PipelineStats, StageStats } from './pipeline-types.js';
import { RemoteMember } from './remote-member.js';
import { SourceFeed, type FeedEvents } from './source-feed.js';
import { ThreadMember } from './thread-member.js';

export type Sink = (value: unknown, index: number) => unknown;

/** What a pipeline is made of. */
export interface Parts {
  readonly spec: PipelineSpec;
  readonly source: Iterable<unknown> | AsyncIterable<unknown>;
  readonly stages: readonly StageSpec[];
  readonly sink: Sink;
  /** What each thread loads first. */
  readonly composition: string | undefined;
}

/** A pipeline at work: takes items from the source, hands them from stage to stage, and at last to the sink. */
export class PipelineRun implements FeedEvents {
  readonly #parts: Parts;
  readonly #stages: StageRun[];
  readonly #feed: SourceFeed;
  readonly #sinkOrder: InOrder<Item> | undefined;
  readonly #started = performance.now();
  /** For the sink, which takes one after the other. */
  #arrived: Item[] = [];
  #sinking = false;
  #accepted = 0;
  #delivered = 0;
  #lost = 0;
  #bytes = 0;
  #sourceEnded = false;
  #over = false;
  /** Before the source had ended. */
  #stopped = false;
  /** Of its end: the earliest of those that calls of `stop` give. */
  readonly #deadline = new Deadline();
  /** Its stages are being ended. */
  #closing = false;
  /** Resolves when nothing is left of it. */
  readonly ended: Promise<void>;
  #end!: () => void;
  #settle!: { resolve: () => void; reject: (error: unknown) => void };
  readonly #outcome = new Promise<void>((resolve, reject) => (this.#settle = { resolve, reject }));

  constructor(parts: Parts, context: Context) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#feed = new SourceFeed(parts.source, this);
    const { composition } = parts;
    this.#stages = parts.stages.map((stage) => new StageRun(this, stage, context, composition));
    this.#sinkOrder = parts.spec.ordered ? new InOrder((item) => this.#arrive(item)) : undefined;
  }

  /** No item goes on any more. */
  get over(): boolean {
    return this.#over;
  }

  get stats(): PipelineStats {
    return {
      accepted: this.#accepted,
      delivered: this.#delivered,
      lost: this.#lost,
      inFlight: this.#inFlight,
      stages: this.#stages.map((stage) => stage.stats),
    };
  }

  async run(signal: AbortSignal | undefined): Promise<PipelineReport> {
    const abort = (): void => this.fail(signal!.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#feed.fill();
    this.#finishIfDone();
    try {
      await this.#outcome;
      return { ...this.stats, duration: performance.now() - this.#started };
    } finally {
      signal?.removeEventListener('abort', abort);
      await this.#closeAll();
      this.#end();
    }
  }

  /**
   * Takes nothing more from the source, and fails with ERR_ACTOR_STOPPED when what is in flight is through, or
   * after so many milliseconds.
   * @returns how many items were accepted, and are neither delivered nor lost
   */
  async stop(timeout: number): Promise<number> {
    this.#deadline.hasten(timeout);
    // One that has failed already may have less time now than it was given then.
    if (this.#closing) void this.#closeStages();
    this.#stopped = true;
    this.#sourceEnded = true;
    const told = this.#feed.end().catch((error: unknown) => this.fail(error));
    this.#finishIfDone();
    const ended = this.#outcome.catch(() => undefined);
    if (!(await this.#deadline.within(Promise.all([told, ended])))) this.fail(stoppedError());
    await this.ended;
    return this.#inFlight;
  }

  /** Ends it with an error: the first one counts. */
  fail(error: unknown): void {
    this.#over = true;
    this.#settle.reject(error);
  }

  // ── The source ─────────────────────────────────────────────────────────────────────────────────

  hasRoom(): boolean {
    const { inFlight, inFlightBytes } = this.#parts.spec;
    return !this.#over && this.#inFlight < inFlight && this.#bytes < inFlightBytes;
  }

  accept(value: unknown): void {
    const item = new Item(this, this.#accepted++, value);
    this.#bytes += item.bytes;
    this.#forward(item);
  }

  sourceEnded(): void {
    this.#sourceEnded = true;
    this.#finishIfDone();
  }

  sourceFailed(error: unknown): void {
    this.fail(error);
  }

  // ── Between the stages ─────────────────────────────────────────────────────────────────────────

  /** A stage has a result. */
  passed(item: Item, value: unknown): void {
    if (this.#over) return;
    this.#bytes -= item.bytes;
    item.change(value);
    this.#bytes += item.bytes;
    const stage = this.#stages[item.stage++]!;
    stage.passed++;
    if (stage.order === undefined) this.#forward(item);
    else stage.order.put(item.index, item);
  }

  /** A stage has none, and no thread will try again. */
  failed(item: Item, error: unknown): void {
    if (this.#over) return;
    const stage = this.#stages[item.stage]!;
    const { name, retry } = stage.spec;
    // A thread that died where the stage is served; those here are counted by their crew.
    if (isDeath(error) && item.deaths < retry) {
      item.deaths++;
      stage.retried++;
      stage.crew.submit(item);
      return;
    }
    stage.lost++;
    if (error instanceof Error) Object.assign(error, { item: { index: item.index, stage: name } });
    // What breaks a stage is no matter of one item.
    if (this.#parts.spec.lost === 'fail' || stage.crew.broken !== undefined) this.fail(error);
    else this.#lose(item, error, name);
  }

  /** @internal */
  inOrder(item: Item): void {
    this.#forward(item);
  }

  #forward(item: Item): void {
    const stage = this.#stages[item.stage];
    if (stage !== undefined) {
      stage.received++;
      stage.crew.submit(item);
    } else if (this.#sinkOrder === undefined) {
      this.#arrive(item);
    } else {
      this.#sinkOrder.put(item.index, item);
    }
  }

  #lose(item: Item, error: unknown, stage: string): void {
    this.#lost++;
    this.#bytes -= item.bytes;
    for (const { order } of this.#stages.slice(item.stage)) order?.skip(item.index);
    this.#sinkOrder?.skip(item.index);
    try {
      this.#parts.spec.onLost?.(error, { index: item.index, stage });
    } catch (thrown) {
      this.fail(thrown);
    }
    this.#feed.fill();
    this.#finishIfDone();
  }

  // ── The sink ───────────────────────────────────────────────────────────────────────────────────

  #arrive(item: Item): void {
    this.#arrived.push(item);
    if (this.#sinking) return;
    this.#sinking = true;
    // Later: whoever brings it may bring more, and what the sink throws is not theirs.
    queueMicrotask(() => void this.#sinkAll());
  }

  async #sinkAll(): Promise<void> {
    try {
      while (this.#arrived.length > 0 && !this.#over) {
        const items = this.#arrived;
        this.#arrived = [];
        for (const item of items) {
          if (this.#over) return;
          const result = this.#parts.sink(item.argument, item.index);
          if (isThenable(result)) await result;
          this.#delivered++;
          this.#bytes -= item.bytes;
        }
        this.#feed.fill();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#sinking = false;
    }
    this.#finishIfDone();
  }

  // ── The end ────────────────────────────────────────────────────────────────────────────────────

  get #inFlight(): number {
    return this.#accepted - this.#delivered - this.#lost;
  }

  #finishIfDone(): void {
    if (!this.#sourceEnded || this.#inFlight > 0) return;
    if (this.#stopped) {
      this.fail(stoppedError());
      return;
    }
    this.#over = true;
    this.#settle.resolve();
  }

  async #closeAll(): Promise<void> {
    const source = this.#feed.end();
    this.#closing = true;
    await this.#closeStages();
    // What a source throws at its end is not what the pipeline failed with, and must not hide it.
    await this.#deadline.within(source.catch((error: unknown) => this.fail(error)));
  }

  #closeStages(): Promise<unknown> {
    const patience = Math.min(this.#parts.spec.closeTimeout, this.#deadline.left);
    return Promise.all(this.#stages.map((stage) => stage.close(patience)));
  }
}

/** One stage: its crew, and its numbers. */
class StageRun {
  readonly crew: Crew;
  readonly order: InOrder<Item> | undefined;
  received = 0;
  passed = 0;
  lost = 0;
  /** Of those whose thread died elsewhere. */
  retried = 0;
  readonly #release: () => void;
  /** Of closing it: the earliest of those that its calls give. */
  readonly #deadline = new Deadline();
  #closed: Promise<void> | undefined;

  constructor(
    run: PipelineRun,
    readonly spec: StageSpec,
    context: Context,
    composition: string | undefined,
  ) {
    const { url, task, name, threads, retry, credit, resourceLimits, startTimeout, at } = spec;
    const options: CrewOptions = {
      ...{ context, composition, url, task, name, threads },
      ...{ retry, credit, resourceLimits, startTimeout },
      lasting: at.length > 0,
      bulk: true,
    };
    const names = crewNames(context);
    const hire = (events: MemberEvents, place: number): Member =>
      at.length > 0
        ? new RemoteMember(events, options, at[place]!)
        : new ThreadMember(events, options, names.endpoint(place));
    this.#release = () => names.release();
    this.order = spec.ordered ? new InOrder((item: Item) => run.inOrder(item)) : undefined;
    this.crew = new Crew(options, hire, {
      ...crewReports(`The stage ${name}`),
      crewFailed: (error) => run.fail(error),
    });
  }

  get stats(): StageStats {
    const { crew, received, passed, lost } = this;
    return {
      name: this.spec.name,
      threads: crew.threads,
      ...{ received, passed, lost },
      retried: crew.retried + this.retried,
      deaths: crew.deaths,
      queued: crew.queued,
      running: crew.running,
      waitingForOrder: this.order?.waiting ?? 0,
      busy: crew.busy / 1000,
    };
  }

  close(timeout: number): Promise<void> {
    this.#deadline.hasten(timeout);
    return (this.#closed ??= this.crew.close(this.#deadline).then(() => this.#release()));
  }
}

/** An item on its way. */
class Item implements Job {
  deaths = 0;
  stage = 0;
  bytes: number;
  readonly task: string = 'default';

  constructor(
    private readonly run: PipelineRun,
    readonly index: number,
    public argument: unknown,
  ) {
    this.bytes = bytesOf(argument);
  }

  get forgotten(): boolean {
    return this.run.over;
  }

  /** A stage has made something else of it. */
  change(value: unknown): void {
    this.argument = value;
    this.bytes = bytesOf(value);
    this.deaths = 0;
  }

  begin(): void {
    // Nobody waits for it.
  }

  done(value: unknown): void {
    this.run.passed(this, value);
  }

  fail(error: unknown): void {
    this.run.failed(this, error);
  }
}

function bytesOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return typeof value === 'string' ? value.length : 0;
}

function stoppedError(): ActorError {
  return new ActorError('ERR_ACTOR_STOPPED', { message: 'The pipeline was stopped' });
}

function isDeath(error: unknown): boolean {
  return error instanceof ActorError && error.code === 'ERR_WORKER_DIED';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
