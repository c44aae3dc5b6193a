import { Histogram } from './histogram.js';
import type { Side } from './results.js';

/** What is slower is too rare for a line, and would make all else a stroke at the left. */
export const SHOWN_PERCENT = 99.9;

const NAMED_PERCENT = [50, 99, SHOWN_PERCENT];

/** What a side has timed one by one, in all its runs. */
export function spreadOf({ samples }: Side): Histogram {
  return Histogram.parse(samples.flatMap(({ latency }) => latency ?? []));
}

export function describeSpread(library: string, histogram: Histogram): string {
  const percentiles = NAMED_PERCENT.map(
    (percent) => `${percent} % below ${inMicroseconds(histogram.percentile(percent))}`,
  );
  return `${library}: ${percentiles.join(', ')} µs`;
}

function inMicroseconds(nanoseconds: number): string {
  const value = nanoseconds / 1000;
  return value.toFixed(value < 100 ? 1 : 0);
}
