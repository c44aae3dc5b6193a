import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const KILLS = Number(process.env.LOOMWIRE_KILLS ?? 50);
const SEED = Number(process.env.LOOMWIRE_SEED ?? Date.now() % 1_000_000);
/** What a whole soak kills. */
const SOAK_KILLS = 1000;
const SOAKS = fileURLToPath(new URL('./run.js', import.meta.url));

describe(`${KILLS} kills at random, of every kind and under load (LOOMWIRE_SEED=${SEED})`, function () {
  this.timeout(120_000 + KILLS * 1000);

  it('are heard of once by each who watches, cost no item of a pipeline, and hold up no shutdown', async () => {
    // In a process of its own, without the source maps that each thread would load anew.
    const args = [SOAKS, 'kills', '--scale', String(KILLS / SOAK_KILLS), '--seed', String(SEED)];
    const soak = await promisify(execFile)(process.execPath, args).catch((error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}${stderr}`, { cause: error });
    });
    expect(soak.stdout).to.match(/^kills: held\. /);
  });
});
