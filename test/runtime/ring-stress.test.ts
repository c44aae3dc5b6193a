import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import type { StressPlan, StressReport } from './ring-stress-worker.js';

/**
 * Two threads and a pipe between them, as they are shipped: real memory, real waiting. Messages have
 * sizes, numbers and checksums that follow from a seed, so a lost, doubled, torn or foreign one shows.
 */

const ARENA_BYTES = 64 * 2 ** 20;

describe('A pipe between two threads', () => {
  it('passes small messages as fast as it can', () =>
    stress({ forth: 600_000, back: 0, largest: 64, mark: 1000, seed: 1 }));

  it('passes messages both ways at once, the reader of each also a writer', () =>
    stress({ forth: 150_000, back: 150_000, largest: 200, mark: 100, seed: 2 }));

  it('passes messages of several parts and of all sizes', () =>
    stress({ forth: 20_000, back: 0, largest: 70_000, mark: 50, seed: 3 }));

  it('passes one message at a time, so that each side waits for each message', () =>
    stress({ forth: 20_000, back: 20_000, largest: 100, mark: 1, seed: 4 }));
});

async function stress(plan: Omit<StressPlan, 'handle' | 'slot'>): Promise<void> {
  const { handle } = Arena.reserve(ARENA_BYTES);
  const workers = [0, 1].map((slot) => start({ ...plan, handle, slot }));
  try {
    const [a, b] = await Promise.all(workers.map(report));
    expect(a).to.deep.equal({ read: plan.back, written: plan.forth, blocks: 0 });
    expect(b).to.deep.equal({ read: plan.forth, written: plan.back, blocks: 0 });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function start(plan: StressPlan): Worker {
  return new Worker(new URL('ring-stress-worker.js', import.meta.url), { workerData: plan });
}

async function report(worker: Worker): Promise<StressReport> {
  const [message] = (await once(worker, 'message')) as [StressReport];
  return message;
}
