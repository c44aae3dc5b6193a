import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import type { ConflateStressPlan, ConflateStressReport } from './conflate-stress-worker.js';

const ARENA_BYTES = 64 * 2 ** 20;

/** Two threads and a pipe that conflates between them, as they are shipped: real memory, real waiting. */
async function stress(plan: Omit<ConflateStressPlan, 'handle' | 'slot'>): Promise<void> {
  const { handle } = Arena.reserve(ARENA_BYTES);
  const workers = [0, 1].map(
    (slot) =>
      new Worker(new URL('conflate-stress-worker.js', import.meta.url), {
        workerData: { ...plan, handle, slot } satisfies ConflateStressPlan,
      }),
  );
  try {
    const [writer, reader] = await Promise.all(workers.map(report));
    expect(writer!.count).to.equal(plan.messages);
    // Whatever was missed gave way, the last did not, and all memory is back.
    expect(reader!.last).to.equal(plan.messages);
    expect(reader!.count + writer!.conflated).to.equal(plan.messages);
    expect([writer!.blocks, reader!.blocks]).to.deep.equal([0, 0]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function report(worker: Worker): Promise<ConflateStressReport> {
  return new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

describe('A pipe that conflates, between two threads', () => {
  it('loses the last of many small messages never, and no count of the others', () =>
    stress({ messages: 200_000, largest: 40, held: Infinity }));

  it('tears no message, however large', () =>
    stress({ messages: 5000, largest: 50_000, held: Infinity }));

  it('leaves what a hand holds as it is', () =>
    stress({ messages: 100_000, largest: 300, held: 3 }));
});
