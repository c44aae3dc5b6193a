import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Times } from './pool-types.js';

const MICROSECONDS = 1000;

/** Durations, in few bytes however many there are. */
export class Durations {
  readonly #histogram: RecordableHistogram = createHistogram();

  /** @param milliseconds as `performance.now()` counts them */
  record(milliseconds: number): void {
    // A histogram holds integers from 1 on.
    this.#histogram.record(Math.max(1, Math.round(milliseconds * MICROSECONDS)));
  }

  get summary(): Times {
    const { count, min, mean, max } = this.#histogram;
    if (count === 0) return { count: 0, min: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };
    const percentile = (part: number): number => this.#histogram.percentile(part) / MICROSECONDS;
    return {
      count,
      min: min / MICROSECONDS,
      mean: mean / MICROSECONDS,
      max: max / MICROSECONDS,
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
    };
  }
}
