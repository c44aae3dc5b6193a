import type { Histogram } from '../histogram.js';
import { type Results, type RowResult, sidesOf } from '../results.js';
import { describeSpread, SHOWN_PERCENT, spreadOf } from '../spread.js';
import { drawChart, type Point, type Series } from './chart.js';
import { noteOf, type Plot } from './plot.js';
import { linearTicks, logTicks, shortCount } from './ticks.js';

/** How the round trips of each row are spread, up to the slowest of a thousand. */
export function latencyPlots(results: Results): Plot[] {
  return results.rows.flatMap((result) => latencyPlot(results, result));
}

function latencyPlot(results: Results, result: RowResult): Plot[] {
  const series = sidesOf(result).flatMap((side): Series[] => {
    const histogram = spreadOf(side);
    if (histogram.total === 0) return [];
    const name = describeSpread(side.library, histogram);
    return [{ name, points: outline(histogram), smooth: true }];
  });
  if (series.length === 0) return [];
  const points = series.flatMap((one) => one.points);
  const title = `Round trips, ${result.row.name}`;
  const svg = drawChart({
    title,
    note: noteOf(results),
    x: {
      label: 'µs of a round trip',
      scale: 'log',
      ticks: logTicks(
        points.map(({ x }) => x),
        shortCount,
      ),
    },
    y: {
      label: '% of them, per doubling of the time',
      scale: 'linear',
      ticks: linearTicks(Math.max(...points.map(({ y }) => y)), shortCount),
    },
    series,
  });
  return [{ name: `latency-${result.row.name}`, title, svg }];
}

/** The steps of a histogram: two points for each bucket, and the ground where nothing was. */
function outline(histogram: Histogram): Point[] {
  const end = histogram.percentile(SHOWN_PERCENT);
  const points: Point[] = [];
  let reached = NaN;
  for (const { from, to, count } of histogram.buckets()) {
    if (to > end) break;
    // A logarithmic axis has no place for 0.
    const least = Math.max(from, 1);
    if (from !== reached) points.push(...[reached, least].filter(Number.isFinite).map(onGround));
    const height = ((count / histogram.total) * 100) / Math.log2(to / least);
    points.push({ x: least / 1000, y: height }, { x: to / 1000, y: height });
    reached = to;
  }
  return [...points, onGround(reached)];
}

function onGround(nanoseconds: number): Point {
  return { x: nanoseconds / 1000, y: 0 };
}
