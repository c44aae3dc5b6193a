import type { Circumstances } from './machine.js';
import type { Sample } from './measure.js';
import type { Options } from './options.js';
import { type Row, valueOf } from './rows.js';
import { type Summary, summarize } from './statistics.js';

/** One library's runs of a row. `problem` says why there are none, or fewer than asked for. */
export interface Side {
  readonly library: string;
  readonly samples: readonly Sample[];
  /** Messages per second, or microseconds; absent without samples. */
  readonly values: Summary | undefined;
  readonly problem: string | undefined;
}

export interface RowResult {
  readonly row: Row;
  readonly ours: Side;
  readonly peer: Side;
  /** Ours / peer, pair by pair. */
  readonly ratio: Summary | undefined;
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
  const values = samples.map((sample) => valueOf(row, sample));
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
export function ratioOf(row: Row, ours: Side, peer: Side): Summary | undefined {
  const ratios: number[] = [];
  for (const [index, sample] of ours.samples.entries()) {
    const other = peer.samples[index];
    if (other !== undefined) ratios.push(valueOf(row, sample) / valueOf(row, other));
  }
  return ratios.length === 0 ? undefined : summarize(ratios);
}
