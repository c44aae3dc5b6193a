import { writeSync } from 'node:fs';
import type { Work } from '../work.js';

// Written straight to the descriptor: a thread's process.stdout goes through its parent's event
// loop, and a blocked thread would hold the line back.

/** Tells the process that measures where this end is bound. */
export function reportEndpoint(endpoint: string | null | undefined): void {
  writeSync(1, `endpoint ${endpoint ?? ''}\n`);
}

/** The clock of one measurement: started after the warm-up, read after the last message. */
export class Clock {
  readonly #started = process.hrtime.bigint();

  report(work: Work): void {
    const nanoseconds = process.hrtime.bigint() - this.#started;
    writeSync(1, `result ${work.messages} ${nanoseconds}\n`);
  }
}

export function checkBody(body: Uint8Array | undefined, work: Work): void {
  if (body?.byteLength !== work.bodyBytes) {
    throw new Error(`received ${body?.byteLength ?? 'no'} bytes instead of ${work.bodyBytes}`);
  }
}
