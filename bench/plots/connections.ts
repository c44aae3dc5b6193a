import type { Results } from '../results.js';
import { drawChart, type Point } from './chart.js';
import { noteOf, type Plot } from './plot.js';
import { linearTicks, shortCount } from './ticks.js';

/** What a message costs more where there are many connections. */
export function connectionsPlot(results: Results): Plot[] {
  const measured = results.rows.flatMap(({ row, ratio }): Point[] => {
    if (row.pattern !== 'connections' || row.peer !== 'itself' || ratio === undefined) return [];
    return [{ x: row.connections, y: ratio.median, low: ratio.min, high: ratio.max }];
  });
  if (measured.length === 0) return [];
  const points = [{ x: 1, y: 1 }, ...measured].sort((a, b) => a.x - b.x);
  const most = Math.max(...points.map(({ y, high = y }) => high));
  const title = 'Cost of a message by number of connections, PUSH to PULL over tcp';
  const svg = drawChart({
    title,
    note: noteOf(results),
    x: {
      label: 'connections',
      scale: 'log',
      ticks: points.map(({ x }) => ({ at: x, text: shortCount(x) })),
    },
    y: {
      label: 'time of a message, 1 is that of one connection',
      scale: 'linear',
      ticks: linearTicks(most, shortCount),
    },
    series: [{ name: 'loomwire', points }],
  });
  return [{ name: 'connections', title, svg }];
}
