import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Soak } from './soak.js';

const DEATHS = 1000;
const TEST = fileURLToPath(new URL('../faults/deaths.test.js', import.meta.url));
const MOCHA = fileURLToPath(new URL('../../../node_modules/mocha/bin/mocha.js', import.meta.url));

/** Is there the test that it runs? */
export const CAN_DIE = existsSync(TEST);

/** Threads die at random instants, as often as it says: the test of it, in a process of its own. */
export const deaths: Soak = {
  name: 'deaths',
  async run(stint) {
    const count = stint.share(DEATHS, 5);
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', MOCHA, '--no-config', '--timeout', '0', TEST],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, LOOMWIRE_DEATHS: String(count), LOOMWIRE_SEED: String(stint.seed) },
      },
    );
    const said: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      said.push(line);
      stint.advance(0, count, line.trim());
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(said.join('\n'));
    const verdict = `${count} deaths at random instants: peers, memory and the context's end came out right.`;
    return { verdict, deaths: count, tests: said.filter((line) => line.includes('✔')) };
  },
};
