import type { Circumstances } from './machine.js';
import type { Sample } from './measure.js';
import { MEASURES } from './measures.js';
import type { Options } from './options.js';
import type { Row } from './row.js';
import { type Summary, summarize } from './statistics.js';

/** One library's runs of a row. `problem` says why there are none, or fewer than asked for. */
export interface Side {
  readonly library: string;
  readonly samples: readonly Sample[];
  /** In the unit of the row's measure; absent without samples. */
  readonly values: Summary | undefined;
  readonly problem: string | undefined;
}

/** The two sides, neighbours in time with each other. */
export interface Pairs {
  /** Ours / peer. */
  readonly ratio: Summary | undefined;
  /** Ours − peer; only where the row is compared by it. */
  readonly difference?: Summary | undefined;
}

export interface RowResult extends Pairs {
  readonly row: Row;
  readonly ours: Side;
  /** Absent if the row has none. */
  readonly peer: Side | undefined;
  /** Nanoseconds of a word from core to core, before each pair; absent on a single core, and in older results. */
  readonly coreDistance?: Summary | undefined;
}

export interface Results {
  readonly circumstances: Circumstances;
  readonly versions: Readonly<Record<string, string>>;
  readonly options: Pick<Options, 'pairs' | 'scale' | 'highWaterMark'>;
  readonly rows: readonly RowResult[];
}

export function sideOf(
  row: Row,
  library: string,
  samples: readonly Sample[],
  problem: string | undefined,
): Side {
  const values = samples.map(MEASURES[row.measure].of);
  return {
    library,
    samples,
    values: values.length === 0 ? undefined : summarize(values),
    problem: problem ?? badEnd(samples),
  };
}

function badEnd(samples: readonly Sample[]): string | undefined {
  const bad = samples.flatMap((sample) => sample.badEnd ?? []);
  return bad.length === 0 ? undefined : `${bad[0]} (${bad.length} of ${samples.length} runs)`;
}

/** Neighbours in time are compared with each other: what slows the machine slows both. */
export function pairByPair(row: Row, ours: Side, peer: Side | undefined): Pairs {
  const { of } = MEASURES[row.measure];
  const ratios: number[] = [];
  const differences: number[] = [];
  for (const [index, sample] of ours.samples.entries()) {
    const other = peer?.samples[index];
    if (other === undefined) continue;
    ratios.push(of(sample) / of(other));
    differences.push(of(sample) - of(other));
  }
  if (ratios.length === 0) return { ratio: undefined };
  if (row.compared !== 'difference') return { ratio: summarize(ratios) };
  return { ratio: undefined, difference: summarize(differences) };
}

/** The sides of a row that were measured, or should have been. */
export function sidesOf({ ours, peer }: RowResult): Side[] {
  return peer === undefined ? [ours] : [ours, peer];
}
