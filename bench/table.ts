import { styleText } from 'node:util';
import { MEASURES, type Measure, short } from './measures.js';
import { type Results, type RowResult, type Side, sidesOf } from './results.js';
import { describeSpread, spreadOf } from './spread.js';
import type { Summary } from './statistics.js';
import { formatTargets, type Verdict, verdictOn } from './targets.js';

const HEAD = ['row', 'loomwire', 'peer', '', 'ratio', '', 'least / goal', '', 'cores'];

// Names to the left, numbers to the right, remarks to the left again.
const RIGHT = [false, true, false, true, true, false, true, false, true];

const GAP = '  ';

/** The table and what it was taken with, as lines. Colours only where `colours` is set. */
export function formatResults(results: Results, colours: boolean): string {
  const { runtime } = results.circumstances;
  const rows = results.rows.map((row) => cells(row, runtime));
  const isDistanceKnown = results.rows.some(({ coreDistance }) => coreDistance !== undefined);
  const heads = isDistanceKnown ? HEAD : HEAD.slice(0, -1);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return RIGHT[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  const head = line(heads);
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  return [
    ...frame(results),
    '',
    colours ? styleText('bold', head) : head,
    colours ? styleText('dim', rule) : rule,
    ...rows.map((row, index) => colour(line(row), results.rows[index], runtime, colours)),
    '',
    'Median (lowest–highest). Of rates more is better, of all else less. Ratios are loomwire / peer, with a',
    'sign differences, loomwire − peer; both pair by pair. Behind the targets: what the median has reached.',
    ...(isDistanceKnown
      ? ['Cores: how long a word took from one to the other before each pair.']
      : []),
    ...section('Requests, one by one:', results.rows.filter(isOfRequests).flatMap(spreads)),
    ...section(undefined, results.rows.flatMap(remarksOn)),
  ].join('\n');
}

function frame({ circumstances: here, versions, options }: Results): string[] {
  const { pairs, scale, highWaterMark } = options;
  return [
    `${here.date}, commit ${here.commit ?? 'unknown'}`,
    `${here.cpu}, ${here.cores} cores, ${here.memoryGibibytes} GiB, ${here.kernel}, load ${here.load}`,
    [here.runtime, ...Object.entries(versions).map(([name, version]) => `${name} ${version}`)].join(
      ', ',
    ),
    `${pairs} pairs, HWM ${highWaterMark}${scale === 1 ? '' : `, messages × ${scale}`}`,
  ];
}

function cells(result: RowResult, runtime: string): string[] {
  const { row, ours, peer } = result;
  return [
    row.name,
    side(ours, row.measure),
    peer?.library ?? '–',
    peer === undefined ? '' : side(peer, row.measure),
    ...comparison(result),
    formatTargets(row.targets ?? [], row.measure, runtime),
    verdictOf(result, runtime) ?? '',
    distance(result),
  ];
}

function distance({ coreDistance }: RowResult): string {
  if (coreDistance === undefined) return '';
  const [from, to] = [coreDistance.min, coreDistance.max].map(Math.round);
  return from === to ? `${from} ns` : `${from}–${to} ns`;
}

function side({ values, problem }: Side, measure: Measure): string {
  if (values === undefined) return problem?.startsWith('failed') === true ? 'failed' : 'cannot run';
  const range = `(${short(values.min, measure)}–${short(values.max, measure)})`;
  return `${short(values.median, measure)} ${MEASURES[measure].unit} ${range}`;
}

function comparison({ row, ratio, difference }: RowResult): [string, string] {
  if (difference !== undefined) {
    const { median, min, max } = difference;
    const range = `(${short(min, row.measure)}–${short(max, row.measure)})`;
    return [`${median < 0 ? '' : '+'}${short(median, row.measure)}`, range];
  }
  if (ratio === undefined) return ['–', ''];
  return [ratio.median.toFixed(2), `(${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`];
}

function verdictOf(result: RowResult, runtime: string): Verdict | undefined {
  const { row, ours, ratio, difference } = result;
  return verdictOn(
    row.targets ?? [],
    { ratio, difference, value: ours.values },
    row.measure,
    runtime,
  );
}

/** Behind an empty line, if it says anything. */
function section(title: string | undefined, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return title === undefined ? ['', ...lines] : ['', title, ...lines];
}

/** A rate of requests says little without how long each of them waits. */
function isOfRequests({ row }: RowResult): boolean {
  return row.measure === 'requests';
}

function spreads(result: RowResult): string[] {
  return sidesOf(result).flatMap((side) => {
    const histogram = spreadOf(side);
    if (histogram.total === 0) return [];
    return [`${result.row.name}, ${describeSpread(side.library, histogram)}`];
  });
}

function remarksOn(result: RowResult): string[] {
  return sidesOf(result)
    .filter((side) => side.problem !== undefined)
    .map((side) => `${result.row.name}, ${side.library}: ${side.problem ?? ''}`);
}

/** Green for what reaches its least, or, without targets, is ahead. */
function colour(
  line: string,
  result: RowResult | undefined,
  runtime: string,
  colours: boolean,
): string {
  if (!colours || result === undefined) return line;
  const verdict = verdictOf(result, runtime);
  if (verdict !== undefined) return styleText(verdict === 'missed' ? 'yellow' : 'green', line);
  if (result.ratio === undefined) return line;
  return styleText(isAhead(result.row.measure, result.ratio) ? 'green' : 'yellow', line);
}

function isAhead(measure: Measure, { median }: Summary): boolean {
  return MEASURES[measure].better === 'more' ? median > 1 : median < 1;
}
