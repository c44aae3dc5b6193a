// npm run soak -- NAME|all: long runs that prove by number what tests prove by example.

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { writeProofRecord } from '../support/proof-record.js';
import { Progress } from './progress.js';
import { type Findings, type Soak, Stint } from './soak.js';
import { SOAKS } from './soaks.js';

const USAGE = `usage: npm run soak -- NAME|all [options]
  --scale X    that part of the full numbers (1)
  --seed N     what is random follows from it (a new one for each run)
  --record     keeps what was found in docs/results/proof/
soaks: ${SOAKS.map(({ name }) => name).join(', ')}`;

interface Options {
  readonly soaks: readonly Soak[];
  readonly scale: number;
  readonly seed: number;
  readonly record: boolean;
}

function readOptions(): Options {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      record: { type: 'boolean', default: false },
    },
  });
  const [scale, seed] = [Number(values.scale), Number(values.seed)];
  if (!(scale > 0)) throw new TypeError(`--scale ${values.scale}: not a positive number`);
  if (!Number.isInteger(seed)) throw new TypeError(`--seed ${values.seed}: not a whole number`);
  const unknown = positionals.find((name) => name !== 'all' && find(name) === undefined);
  if (unknown !== undefined) throw new TypeError(`There is no soak ${unknown}`);
  if (positionals.length === 0) throw new TypeError('Which soak?');
  const soaks = positionals.includes('all') ? SOAKS : positionals.map((name) => find(name)!);
  return { soaks, scale, seed, record: values.record };
}

function find(wanted: string): Soak | undefined {
  return SOAKS.find(({ name }) => name === wanted);
}

/**
 * Rejects with the first warning: a thread of the library that breaks down is reported by one. Never
 * resolves.
 */
const warned = new Promise<never>((_resolve, reject) => process.once('warning', reject));
// Between two soaks nobody waits for it.
warned.catch(() => undefined);

/** Answers whether it held. */
async function carryOut(soak: Soak, { scale, seed, record }: Options): Promise<boolean> {
  const { name } = soak;
  const progress = new Progress(name);
  const stint = new Stint(scale, seed, (...step) => progress.advance(...step));
  const started = process.hrtime.bigint();
  try {
    const findings: Findings = await Promise.race([soak.run(stint), progress.stalled, warned]);
    const seconds = Math.round(Number(process.hrtime.bigint() - started) / 1e7) / 100;
    progress.end();
    if (record) writeProofRecord(name, { scale, seed, seconds, findings });
    console.log(`${name}: held. ${findings.verdict} Seed ${seed}, ${seconds} s`);
    return true;
  } catch (error) {
    progress.end();
    console.error(error);
    console.log(`${name}: FAILED, seed ${seed}, scale ${scale}`);
    return false;
  }
}

async function main(): Promise<boolean> {
  const options = readOptions();
  let held = true;
  for (const soak of options.soaks) if (!(await carryOut(soak, options))) held = false;
  return held;
}

/** Set by whoever ends the process on purpose. */
let over = false;
process.once('exit', () => {
  if (over) return;
  console.log('FAILED: nothing is left that could go on, and the soak has not ended');
  process.exitCode = 1;
});

main().then(
  (held) => {
    over = true;
    // A soak that failed may have left threads waiting for ever.
    process.exit(held ? 0 : 1);
  },
  (error: unknown) => {
    over = true;
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  },
);
