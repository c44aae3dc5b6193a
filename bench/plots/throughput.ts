import type { Results, RowResult, Side } from '../results.js';
import { sizeName } from '../row.js';
import type { Bodies, Transport } from '../work.js';
import { drawChart, type Point, type Series } from './chart.js';
import { noteOf, type Plot } from './plot.js';
import { logTicks, shortCount } from './ticks.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
const WAYS: readonly Bodies[] = ['private', 'into', 'lease'];

/** How the rate falls with the size of the bodies, a plot for each transport that has several sizes. */
export function throughputPlots(results: Results): Plot[] {
  return TRANSPORTS.flatMap((transport) => throughputPlot(results, transport));
}

function throughputPlot(results: Results, transport: Transport): Plot[] {
  const rows = rowsBySize(results, transport);
  const series: Series[] = [
    ...WAYS.map((way) => ({
      name: `loomwire, ${way}`,
      points: pointsOf(rows, way, ({ ours }) => ours),
    })),
    { name: 'libzmq', points: pointsOf(rows, 'private', ({ peer }) => peer) },
  ].filter(({ points }) => points.length > 0);
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))];
  if (sizes.length < 2) return [];
  const rates = series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low!, high!]));
  const title = `Throughput by size, PUSH to PULL over ${transport}`;
  const touched = rows.some(({ row }) => row.touched) ? '; larger bodies filled and compared' : '';
  const svg = drawChart({
    title,
    note: noteOf(results) + touched,
    x: {
      label: 'bytes of a body',
      scale: 'log',
      ticks: sizes.map((size) => ({ at: size, text: sizeName(size) })),
    },
    y: { label: 'messages a second', scale: 'log', ticks: logTicks(rates, shortCount) },
    series,
  });
  return [{ name: `throughput-${transport}`, title, svg }];
}

/** Blocking rows beside libzmq. Where bodies of a size were touched, only those are alike. */
function rowsBySize({ rows }: Results, transport: Transport): RowResult[] {
  const fitting = rows.filter(
    ({ row }) =>
      row.pattern === 'push-pull' &&
      row.transport === transport &&
      row.style === 'blocking' &&
      row.peer === 'libzmq',
  );
  const touched = new Set(fitting.filter(({ row }) => row.touched).map(({ row }) => row.bodyBytes));
  return fitting.filter(({ row }) => row.touched || !touched.has(row.bodyBytes));
}

function pointsOf(
  rows: readonly RowResult[],
  way: Bodies,
  side: (result: RowResult) => Side | undefined,
): Point[] {
  return rows
    .flatMap((result) => {
      const values = side(result)?.values;
      if (result.row.bodies !== way || values === undefined) return [];
      return [{ x: result.row.bodyBytes, y: values.median, low: values.min, high: values.max }];
    })
    .sort((a, b) => a.x - b.x);
}
