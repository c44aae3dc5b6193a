import { expect } from 'chai';
import { measure } from '../../bench/measure.js';
import type { Command, Library } from '../../bench/peers/command.js';
import { Loomwire } from '../../bench/peers/loomwire.js';
import { type Row, workOf } from '../../bench/row.js';
import { ROWS } from '../../bench/rows.js';
import { isPair, isSplit, type Work } from '../../bench/work.js';

/** Little, and more than one of everything. */
const LITTLE = { warmup: 20, messages: 20 } as const;
const FEW_TOPICS = 500;

/** A row for each kind of work. */
function kinds(): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const row of ROWS) {
    const paced = row.rate > 0 ? ', paced' : '';
    // What may also be whole; of all others the ends are the same over any transport.
    const split = isSplit(row.pattern) && !isPair(row.pattern) && row.transport !== 'inproc';
    const place = split ? ', in two processes' : '';
    const kind = `${row.pattern}, ${row.style}, ${row.bodies}${paced}${place}`;
    if (!rows.has(kind)) rows.set(kind, row);
  }
  return rows;
}

function littleOf(row: Row): Work {
  const work = workOf(row, 'ours', 1, 1000);
  return {
    ...work,
    warmup: Math.min(work.warmup, LITTLE.warmup),
    messages: row.measure === 'launch' ? 1 : LITTLE.messages,
    timed: Math.min(work.timed, LITTLE.messages),
    topics: Math.min(work.topics, FEW_TOPICS),
  };
}

/** What a sample of it counts; of a load the time that has passed. */
function countOf({ pattern, messages, connections }: Work): number | undefined {
  if (pattern === 'idle') return undefined;
  return pattern === 'fan-out' || pattern === 'pipeline' ? messages * connections : messages;
}

describe("The benchmark's work", () => {
  for (const [kind, row] of kinds()) {
    it(`is done by loomwire: ${kind}`, async () => {
      const work = littleOf(row);
      const sample = await measure(new Loomwire(), work);
      expect(sample.badEnd).to.equal(undefined);
      expect(sample.count).to.equal(countOf(work) ?? sample.count);
      expect(sample.amount).to.satisfy(Number.isFinite);
      expect(sample.latency !== undefined).to.equal(work.timed > 0);
    });
  }

  it('fails when a process of it does', async () => {
    const command = (): Command => ({
      file: process.execPath,
      args: ['-e', 'throw new TypeError("too tired")'],
    });
    const tired: Library = {
      name: 'tired',
      version: undefined,
      prepare: () => Promise.resolve(undefined),
      whole: command,
      end: command,
    };
    const work = littleOf(ROWS[0]!);
    let reason: unknown;
    await measure(tired, work).catch((error: unknown) => (reason = error));
    expect(reason).to.be.an('error').with.property('message').that.includes('too tired');
  });
});
