import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const TRACE = '--trace-require-module';

const program = `
  import { system } from '${new URL('../../src/actors.js', import.meta.url).href}';
  const sys = await system();
  await sys.spawn(new URL('${new URL('./actors/counter.js', import.meta.url).href}'));
  const pool = await sys.pool(new URL('${new URL('./pools/tasks.js', import.meta.url).href}'));
  console.log(await pool.run(1, { name: 'increment' }));
  await sys.shutdown();`;

describe('Threads of actors and pools', () => {
  it('require no ES module: Node 20 may die with a thread that is ended while it does', async function () {
    // Nodes that have no such option cannot require ES modules.
    if (!process.allowedNodeEnvironmentFlags.has(TRACE)) this.skip();
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      `${TRACE}=all`,
      '--input-type=module',
      '--eval',
      program,
    ]);
    expect(stderr).not.to.include('using require()');
    expect(stdout).to.equal('2\n');
  });
});
