import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, type Worker } from 'node:worker_threads';
import { ThreadPool } from '../../src/runtime/actor/thread-pool.js';
import { failure } from '../support/expect-error.js';
import { Threads } from './support/threads.js';

/** Says on its port that it runs, and reads from a file descriptor: until that has something the thread cannot end. */
const reading = (end: number): string => `import { readSync } from 'node:fs';
  export default ({ port }) => {
    port.postMessage('running');
    readSync(${end}, new Uint8Array(1));
  };`;

describe('A pool of threads', () => {
  let folder: string;
  let end: number;
  let threads: Threads;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loomwire-threads-'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    end = openSync(fifo, 'r+');
    await writeFile(join(folder, 'reading.mjs'), reading(end));
    threads = new Threads();
  });
  afterEach(async () => {
    // If the test has failed the thread may still be reading.
    writeSync(end, 'x');
    threads.close();
    closeSync(end);
    await rm(folder, { recursive: true });
  });

  /** Kills the thread of a pool that wants one, and closes the pool. @returns the thread, if it is still there */
  async function killAndClose(): Promise<Worker | undefined> {
    const pool = new ThreadPool(pathToFileURL(join(folder, 'reading.mjs')), 1, 1);
    const { port1, port2 } = new MessageChannel();
    const abort = new AbortController();
    const ended = pool.run({ port: port2 }, { signal: abort.signal }).catch((e: unknown) => e);
    await once(port1, 'message');
    port1.close();
    abort.abort();
    expect(await ended).to.have.property('name', 'AbortError');
    await pool.close();
    const [killed, ...others] = threads.running;
    expect(others).to.deep.equal([]);
    return killed;
  }

  for (const resourceLimits of [undefined, { maxOldGenerationSizeMb: 50 }]) {
    const kind = resourceLimits === undefined ? '' : ' with limits of its own';

    it(`that is closed starts no thread${kind} any more, not even for who came before`, async () => {
      const pool = new ThreadPool(pathToFileURL(join(folder, 'reading.mjs')), 1, 1);
      const { port1, port2 } = new MessageChannel();
      const { signal } = new AbortController();
      const run = (): Promise<void> => pool.run({ port: port2 }, { signal, resourceLimits });

      // It is still opening when the pool is closed.
      const early = failure('ETERM', run);
      await pool.close();
      await early;
      await failure('ETERM', run);
      port1.close();
      expect([...threads.running]).to.deep.equal([]);
    });
  }

  it('that is closed starts none in place of one that was killed before, and ends later', async () => {
    let killed: Worker | undefined;
    // One that was not reading yet is gone before the pool is.
    do killed = await killAndClose();
    while (killed === undefined);
    writeSync(end, 'x');
    await once(killed, 'exit');
    // What its end has set off in this thread.
    await new Promise((resolve) => setImmediate(resolve));
    expect(threads.running.size).to.equal(0);
  });
});
