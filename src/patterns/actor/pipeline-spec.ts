import { parseEndpoint } from '../../runtime/base/endpoint.js';
import {
  checkCount,
  checkMilliseconds,
  checkModule,
  checkObject,
  checkThreads,
  nameOf,
} from '../../runtime/actor/pool-options.js';
import { checkResourceLimits } from '../../runtime/actor/resource-limits.js';
import type { PipelineOptions, StageOptions } from './pipeline-types.js';

/** Enough that no thread waits for the source: the largest stock of a thread. */
const IN_FLIGHT_PER_THREAD = 256;
const IN_FLIGHT_BYTES = 64 * 2 ** 20;
const CLOSE_MILLISECONDS = 5000;
export const START_MILLISECONDS = 30_000;
/** Of a stage elsewhere nobody knows the threads before it is reached. */
const THREADS_ELSEWHERE = 4;

/** A stage as it was ordered, with its defaults. */
export interface StageSpec {
  readonly url: string;
  readonly task: string;
  readonly name: string;
  readonly threads: number;
  readonly retry: number;
  readonly ordered: boolean;
  readonly startTimeout: number;
  /** Endpoints where it is served; none if its threads are here. */
  readonly at: readonly string[];
  readonly credit: StageOptions['credit'];
  readonly resourceLimits: StageOptions['resourceLimits'];
}

/** @throws TypeError, RangeError; ZmqError EINVAL for what is no endpoint */
export function checkStage(
  url: URL | string,
  options: StageOptions,
  pipeline: PipelineOptions,
): StageSpec {
  checkObject(options);
  const href = checkModule(url);
  const { threads = 1, task = 'default', name = nameOf(href), ordered = false } = options;
  const { retry = pipeline.retry ?? 0, startTimeout = START_MILLISECONDS, credit } = options;
  checkThreads(threads);
  checkCount('retry', retry, 0, Number.MAX_SAFE_INTEGER);
  if (credit !== undefined) checkCount('credit', credit, 1, Number.MAX_SAFE_INTEGER);
  checkMilliseconds('startTimeout', startTimeout);
  const at = typeof options.at === 'string' ? [options.at] : (options.at ?? []);
  for (const endpoint of at) parseEndpoint(endpoint);
  const { resourceLimits } = options;
  if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
  return {
    ...{ url: href, task, name, ordered, retry, startTimeout, credit, resourceLimits },
    ...{ at, threads: at.length > 0 ? at.length : threads },
  };
}

export interface PipelineSpec extends PipelineOptions {
  readonly name: string;
  readonly ordered: boolean;
  readonly lost: 'fail' | 'count';
  readonly inFlight: number;
  readonly inFlightBytes: number;
  readonly closeTimeout: number;
}

/** @throws TypeError, RangeError */
export function checkPipeline(
  options: PipelineOptions,
  stages: readonly StageSpec[],
): PipelineSpec {
  const threads = stages.reduce(
    (sum, { at, threads: own }) => sum + own * (at.length > 0 ? THREADS_ELSEWHERE : 1),
    0,
  );
  const {
    inFlight = Math.max(1, threads) * IN_FLIGHT_PER_THREAD,
    inFlightBytes = IN_FLIGHT_BYTES,
  } = options;
  const { lost = 'fail', ordered = false, closeTimeout = CLOSE_MILLISECONDS } = options;
  checkCount('inFlight', inFlight, 1, Number.MAX_SAFE_INTEGER);
  checkCount('inFlightBytes', inFlightBytes, 1, Number.MAX_SAFE_INTEGER);
  checkMilliseconds('closeTimeout', closeTimeout);
  if (lost !== 'fail' && lost !== 'count') {
    throw new RangeError(`lost must be 'fail' or 'count', not ${String(lost)}`);
  }
  const { name = 'pipeline' } = options;
  return { ...options, name, ordered, lost, inFlight, inFlightBytes, closeTimeout };
}
