import { Histogram } from '../histogram.js';
import type { Work } from '../work.js';
import { checkLength, Clock, reportLatency, reportResult } from './report.js';

/** A function in another thread that gives back what it gets. */
export type Call = (body: Uint8Array) => Promise<Uint8Array>;

/** Calls, one after the other. */
export async function timeCalls(work: Work, call: Call): Promise<void> {
  const body = new Uint8Array(work.bodyBytes).fill(0x5a);
  const calls = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) checkLength((await call(body)).length, body.length);
  };
  await calls(work.warmup);
  const clock = new Clock();
  await calls(work.messages);
  const { nanoseconds } = clock;
  const histogram = new Histogram();
  for (let left = work.timed; left > 0; left--) {
    const started = performance.now();
    await call(body);
    histogram.record((performance.now() - started) * 1e6);
  }
  reportLatency(histogram.toString());
  reportResult(work.messages, nanoseconds);
}
