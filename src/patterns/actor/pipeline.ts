import { ZmqError } from '../../runtime/base/errors.js';
import { checkObject } from '../../runtime/actor/pool-options.js';
import { checkItems } from '../../runtime/actor/map-tasks.js';
import type { TaskModule } from '../../runtime/actor/pool-types.js';
import { context as processContext } from '../../runtime/context/default-context.js';
import { checkPipeline, checkStage, type PipelineSpec, type StageSpec } from './pipeline-spec.js';
import { PipelineRun, type Sink } from './pipeline-run.js';
import type {
  Pipeline,
  PipelineOptions,
  PipelinePlan,
  PipelineReport,
  PipelineRunOptions,
  PipelineStats,
  StageOptions,
} from './pipeline-types.js';
import { planOf } from './plan.js';

/** A stage's function, if it takes what comes. */
type StageFunction<T> = (item: T) => unknown;

/** A pipeline without a source. */
export interface PipelineStart {
  /**
   * Where items come from, one at a time, as there is room: that the next is asked for is how a source is told that
   * its item was accepted. Leave an item alone once it is given.
   */
  source<T>(items: Iterable<T> | AsyncIterable<T>): PipelineStages<T>;
}

/** A pipeline that ends, so far, with items of type T. */
export interface PipelineStages<T> {
  /**
   * Adds a stage: a function of a module, which gets an item and gives another, or a promise of one. Its type, if it is
   * given, is checked against the items: `stage<typeof resize>(url)`.
   * @throws TypeError, RangeError; ZmqError EINVAL for what is no endpoint
   */
  stage<F extends StageFunction<T> & TaskModule = StageFunction<T>>(
    url: URL | string,
    options?: StageOptions,
  ): PipelineStages<Awaited<ReturnType<F>>>;
  /** Where items go, one after the other: the next when the promise of this one, if there is one, is fulfilled. */
  sink(take: (item: T, index: number) => unknown): Pipeline;
  plan(): PipelinePlan;
}

/**
 * Stages of threads, with rings between them, from a source to a sink. Back-pressure goes all the way: the source is
 * asked for no more than the stages and the sink can take.
 * @param composition what each thread loads first
 * @throws TypeError, RangeError
 */
export function openPipeline(
  options: PipelineOptions,
  running: (run: PipelineRun, name: string) => void,
  composition: string | undefined,
): PipelineStart {
  checkObject(options);
  // For what is wrong with them, now rather than at the end.
  checkPipeline(options, []);
  return {
    source<T>(items: Iterable<T> | AsyncIterable<T>) {
      checkItems(items);
      return new Stages<T>({ options, items, running, composition }, []);
    },
  };
}

type Items = Iterable<unknown> | AsyncIterable<unknown>;

/** What all parts of a pipeline know. */
interface Common {
  readonly options: PipelineOptions;
  readonly items: Items;
  /** Told of a run when it begins. */
  readonly running: (run: PipelineRun, name: string) => void;
  readonly composition: string | undefined;
}

class Stages<T> implements PipelineStages<T> {
  constructor(
    private readonly common: Common,
    private readonly stages: readonly StageSpec[],
  ) {}

  stage<F extends StageFunction<T>>(
    url: URL | string,
    options: StageOptions = {},
  ): PipelineStages<Awaited<ReturnType<F>>> {
    const stage = checkStage(url, options, this.common.options);
    return new Stages(this.common, [...this.stages, stage]);
  }

  sink(take: (item: T, index: number) => unknown): Pipeline {
    if (typeof take !== 'function') throw new TypeError('A sink must be a function');
    if (this.stages.length === 0) {
      throw new RangeError('A pipeline needs a stage');
    }
    const spec = checkPipeline(this.common.options, this.stages);
    return new WholePipeline(spec, this.common, this.stages, take as Sink);
  }

  plan(): PipelinePlan {
    return planOf(checkPipeline(this.common.options, this.stages), this.stages, undefined);
  }
}

class WholePipeline implements Pipeline {
  #run: PipelineRun | undefined;

  constructor(
    private readonly spec: PipelineSpec,
    private readonly common: Common,
    private readonly stages: readonly StageSpec[],
    private readonly take: Sink,
  ) {}

  async run({ signal }: PipelineRunOptions = {}): Promise<PipelineReport> {
    if (this.#run !== undefined) {
      throw new ZmqError('EBUSY', { message: 'A pipeline runs once' });
    }
    const { spec, common, stages, take: sink } = this;
    const { items: source, running, composition } = common;
    const parts = { spec, source, stages, sink, composition };
    const run = new PipelineRun(parts, spec.context ?? processContext);
    this.#run = run;
    running(run, spec.name);
    return run.run(signal);
  }

  stats(): PipelineStats {
    if (this.#run !== undefined) return this.#run.stats;
    const zeros = { received: 0, passed: 0, lost: 0, retried: 0, deaths: 0, queued: 0, running: 0 };
    const stages = this.stages.map(({ name }) => ({
      name,
      threads: 0,
      ...zeros,
      waitingForOrder: 0,
      busy: 0,
    }));
    return { accepted: 0, delivered: 0, lost: 0, inFlight: 0, stages };
  }

  plan(): PipelinePlan {
    return planOf(this.spec, this.stages, this.take.name);
  }
}
