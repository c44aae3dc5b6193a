import type { Tick } from './chart.js';

type Format = (value: number) => string;

/** More than so many in a row cannot be read. */
const TICKS_MOST = 8;

/** Powers of ten, and twice and five times them, that enclose all values; of a wide range fewer. */
export function logTicks(values: readonly number[], format: Format): Tick[] {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const all: { at: number; whole: boolean }[] = [];
  for (
    let power = Math.floor(Math.log10(least)) - 1;
    all.length === 0 || last(all).at <= most;
    power++
  ) {
    for (const step of [1, 2, 5]) all.push({ at: step * 10 ** power, whole: step === 1 });
  }
  const from = all.findLastIndex(({ at }) => at <= least);
  const to = all.findIndex(({ at }) => at >= most && at > all[from]!.at);
  const enclosing = all.slice(from, to + 1);
  const ends = [enclosing[0], last(enclosing)];
  return enclosing
    .filter((tick) => enclosing.length <= TICKS_MOST || tick.whole || ends.includes(tick))
    .map(({ at }) => ({ at, text: format(at) }));
}

/** From 0 to at least `most`, in four steps of a round size. */
export function linearTicks(most: number, format: Format): Tick[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough)!;
  return [0, 1, 2, 3, 4].map((n) => ({ at: n * step, text: format(n * step) }));
}

/** 0.5, 20 k, 5 M. */
export function shortCount(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  return value >= 1e3 ? `${round(value / 1e3)} k` : String(round(value));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function last<T>(items: readonly T[]): T {
  return items[items.length - 1]!;
}
