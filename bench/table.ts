import { styleText } from 'node:util';
import type { Results, RowResult, Side } from './results.js';
import type { Measure } from './rows.js';
import type { Summary } from './statistics.js';

const HEAD = ['row', 'loomwire', 'peer', '', 'ratio', ''];

// Names to the left, numbers to the right, remarks to the left again.
const RIGHT = [false, true, false, true, true, false];

const GAP = '  ';

/** The table and what it was taken with, as lines. Colours only where `colours` is set. */
export function formatResults(results: Results, colours: boolean): string {
  const rows = results.rows.map(cells);
  const widths = HEAD.map((head, column) =>
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
  const head = line(HEAD);
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  const remarks = results.rows.flatMap(remarksOn);
  return [
    ...frame(results),
    '',
    colours ? styleText('bold', head) : head,
    colours ? styleText('dim', rule) : rule,
    ...rows.map((row, index) => colour(line(row), results.rows[index], colours)),
    '',
    'Median (lowest–highest). msg/s: more is better, ratio above 1 is ahead; µs of a round trip:',
    'less is better, ratio below 1 is ahead. Ratios are loomwire / peer, pair by pair.',
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
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

function cells({ row, ours, peer, ratio }: RowResult): string[] {
  return [
    row.name,
    side(ours, row.measure),
    peer.library,
    side(peer, row.measure),
    ratio === undefined ? '–' : ratio.median.toFixed(2),
    ratio === undefined ? '' : `(${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
  ];
}

function side({ values, problem }: Side, measure: Measure): string {
  if (values === undefined) return problem?.startsWith('failed') === true ? 'failed' : 'cannot run';
  const range = `(${short(values.min, measure)}–${short(values.max, measure)})`;
  return `${short(values.median, measure)} ${measure === 'throughput' ? 'msg/s' : 'µs'} ${range}`;
}

function short(value: number, measure: Measure): string {
  if (measure === 'round trip') return value.toFixed(value < 10 ? 2 : 1);
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return `${(value / 1e3).toFixed(1)} k`;
}

function remarksOn({ row, ours, peer }: RowResult): string[] {
  return [ours, peer]
    .filter((side) => side.problem !== undefined)
    .map((side) => `${row.name}, ${side.library}: ${side.problem ?? ''}`);
}

function colour(line: string, result: RowResult | undefined, colours: boolean): string {
  if (!colours || result?.ratio === undefined) return line;
  return styleText(isAhead(result.row.measure, result.ratio) ? 'green' : 'yellow', line);
}

function isAhead(measure: Measure, { median }: Summary): boolean {
  return measure === 'throughput' ? median > 1 : median < 1;
}
