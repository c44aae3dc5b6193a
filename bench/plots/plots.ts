import type { Results } from '../results.js';
import { connectionsPlot } from './connections.js';
import { latencyPlots } from './latency.js';
import type { Plot } from './plot.js';
import { throughputPlots } from './throughput.js';

/** Whatever can be drawn of what was measured. */
export function plotsOf(results: Results): Plot[] {
  return [...throughputPlots(results), ...latencyPlots(results), ...connectionsPlot(results)];
}
