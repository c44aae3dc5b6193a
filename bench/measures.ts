/** What was counted in one run, and what it took. */
export interface Quantity {
  /** Messages, or what else the row's work counts; of a load the nanoseconds that passed. */
  readonly count: number;
  /** Nanoseconds, of time or of processor time; of memory the bytes. */
  readonly amount: number;
}

/** How the numbers of a row are to be read. */
interface Kind {
  readonly unit: string;
  /** Which way is ahead. */
  readonly better: 'more' | 'less';
  readonly of: (quantity: Quantity) => number;
}

export type Measure =
  | 'throughput'
  | 'tasks'
  | 'requests'
  | 'round trip'
  | 'ten million'
  | 'cost'
  | 'memory'
  | 'processor time'
  | 'load'
  | 'launch';

export const MEASURES: Readonly<Record<Measure, Kind>> = {
  throughput: { unit: 'msg/s', better: 'more', of: perSecond },
  tasks: { unit: 'tasks/s', better: 'more', of: perSecond },
  requests: { unit: 'req/s', better: 'more', of: perSecond },
  'round trip': { unit: 'µs', better: 'less', of: each(1e-3) },
  // The time that ten million of them take
  'ten million': { unit: 's', better: 'less', of: each(1e-2) },
  cost: { unit: 'µs/msg', better: 'less', of: each(1e-3) },
  memory: { unit: 'KiB', better: 'less', of: each(1 / 1024) },
  'processor time': { unit: 's/M msg', better: 'less', of: each(1e-3) },
  // Of one core
  load: { unit: '%', better: 'less', of: each(100) },
  launch: { unit: 'ms', better: 'less', of: each(1e-6) },
};

function perSecond({ count, amount }: Quantity): number {
  return (count / amount) * 1e9;
}

function each(factor: number): Kind['of'] {
  return ({ count, amount }) => (amount / count) * factor;
}

/** A value in its unit, without it. */
export function short(value: number, measure: Measure): string {
  if (MEASURES[measure].better === 'less') return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return `${(value / 1e3).toFixed(1)} k`;
}
