import type { StageOptions } from '../../src/actors.js';
import type { Work } from '../work.js';
import { newBody } from './bodies.js';
import { loadActors } from './libraries.js';
import { checkLength, Clock, reportResult } from './report.js';

/** What each of the stages is: it gives on what it gets. */
export const STAGE = new URL('./stage-same.js', import.meta.url);

/** Bytes through as many stages as the work says. */
export async function runPipeline(module: string, work: Work, where: StageOptions): Promise<void> {
  const { pipeline } = await loadActors(module);
  const body = newBody(work);
  const total = work.warmup + work.messages;
  function* bodies(): Generator<Uint8Array> {
    for (let n = 0; n < total; n++) yield body;
  }
  let stages = pipeline().source(bodies()).stage(STAGE, where);
  for (let n = 1; n < work.connections; n++) stages = stages.stage(STAGE, where);
  let left = total;
  let clock: Clock | undefined;
  await stages
    .sink((bytes) => {
      checkLength((bytes as Uint8Array).length, work.bodyBytes);
      if (--left === work.messages) clock = new Clock();
      if (left === 0) reportResult(work.messages * work.connections, clock!.nanoseconds);
    })
    .run();
}
