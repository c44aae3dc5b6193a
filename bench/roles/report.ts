import { once } from 'node:events';
import { readSync, writeSync } from 'node:fs';

// Written straight to the descriptor: a thread's process.stdout goes through its parent's event
// loop, and a blocked thread would hold the line back.

/** Tells the process that measures where this end is bound. */
export function reportEndpoint(endpoint: string | null | undefined): void {
  writeSync(1, `endpoint ${endpoint ?? ''}\n`);
}

/** @param amount nanoseconds, or bytes */
export function reportResult(count: number, amount: number | bigint): void {
  writeSync(1, `result ${count} ${amount}\n`);
}

/** @param latency as `Histogram.toString` writes it */
export function reportLatency(latency: string): void {
  writeSync(1, `latency ${latency}\n`);
}

/** All that is measured of a launch is over. */
export function reportDone(): void {
  writeSync(1, 'done\n');
}

const GO = Buffer.from('go\n');

/** Waits until the other process of the measurement has come to the same point. Blocks the thread. */
export function meet(): void {
  writeSync(1, 'meet\n');
  const answer = Buffer.alloc(GO.length);
  if (readSync(0, answer) !== GO.length) throw new Error('nobody is there to meet');
}

/** The same without blocking: what this process serves goes on meanwhile. */
export async function meetLater(): Promise<void> {
  writeSync(1, 'meet\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
}

/** The time of one measurement: started after the warm-up, read after the last message. */
export class Clock {
  readonly #started = process.hrtime.bigint();

  get nanoseconds(): bigint {
    return process.hrtime.bigint() - this.#started;
  }

  report(count: number): void {
    reportResult(count, this.nanoseconds);
  }
}

export function checkLength(length: number | undefined, bodyBytes: number): void {
  if (length !== bodyBytes) {
    throw new Error(`received ${length ?? 'no'} bytes instead of ${bodyBytes}`);
  }
}
