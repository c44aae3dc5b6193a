import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import type { StressPlan, StressProgress, StressReport } from './ring-stress-worker.js';

/**
 * Two threads and a pipe between them, as they are shipped: real memory, real waiting. Messages have
 * sizes, numbers and checksums that follow from a seed, so a lost, doubled, torn or foreign one shows.
 */

const ARENA_BYTES = 64 * 2 ** 20;
const STRIDE = 100_000;

/**
 * Passes messages until all have come, and all memory is back.
 * @param advance told how many have come, now and then
 */
export async function stress(
  plan: Omit<StressPlan, 'handle' | 'slot' | 'stride'>,
  advance: (read: number) => void = () => undefined,
): Promise<void> {
  const { handle } = Arena.reserve(ARENA_BYTES);
  const workers = [0, 1].map((slot) => start({ ...plan, handle, slot, stride: STRIDE }));
  try {
    const [a, b] = await Promise.all(workers.map((worker) => report(worker, advance)));
    expect(a).to.deep.equal({ read: plan.back, written: plan.forth, blocks: 0 });
    expect(b).to.deep.equal({ read: plan.forth, written: plan.back, blocks: 0 });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function start(plan: StressPlan): Worker {
  return new Worker(new URL('ring-stress-worker.js', import.meta.url), { workerData: plan });
}

function report(worker: Worker, advance: (read: number) => void): Promise<StressReport> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: StressProgress | StressReport) => {
      if ('progress' in message) advance(message.progress);
      else resolve(message);
    });
    worker.on('error', reject);
  });
}
