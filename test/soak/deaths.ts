import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Soak } from './soak.js';

const DEATHS = 1000;
/** So many die in a context, and then another begins. */
const AT_A_TIME = 50;
const TEST = fileURLToPath(new URL('../faults/deaths-random.test.js', import.meta.url));
const MOCHA = fileURLToPath(new URL('../../../node_modules/mocha/bin/mocha.js', import.meta.url));

/** Threads die at random instants: the test of it, again and again, in processes of their own. */
export const deaths: Soak = {
  name: 'deaths',
  async run(stint) {
    const count = stint.share(DEATHS, 5);
    const seeds: number[] = [];
    for (let died = 0; died < count; died += AT_A_TIME) {
      const seed = stint.random.below(1_000_000);
      stint.advance(died, count, 'deaths', `seed ${seed}`);
      await die(Math.min(AT_A_TIME, count - died), seed);
      seeds.push(seed);
    }
    const verdict =
      `${count} threads died at random instants, in ${seeds.length} contexts: no message was torn, ` +
      'nobody was held up, nothing of them remained.';
    return { verdict, deaths: count, seeds };
  },
};

/** Rejects with what the test says if it fails. */
async function die(count: number, seed: number): Promise<void> {
  const env = { ...process.env, LOOMWIRE_DEATHS: String(count), LOOMWIRE_SEED: String(seed) };
  const test = promisify(execFile)(process.execPath, [MOCHA, '--no-config', TEST], { env });
  await test.catch((error: unknown) => {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  });
}
