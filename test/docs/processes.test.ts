import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Request } from '../../src/index.js';
import { compile } from '../support/examples.js';
import { useTidyStage } from '../support/stage.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = new URL('docs/processes.md', `file://${root}`);
/** A block of code that begins with the name of its file. */
const BLOCK = /^```ts\n\/\/ ([\w-]+)\.ts(?:: .*)?\n([^]*?)^```$/gm;
const NAMES = [
  ...['squares', 'ask', 'words', 'use-words', 'serve-words'],
  ...['upper', 'pipe', 'serve-upper', 'lengths', 'serve-lengths'],
];

const BETWEEN = process.platform === 'win32' ? (['tcp'] as const) : (['ipc', 'tcp'] as const);

describe('docs/processes.md', () => {
  const stage = useTidyStage();
  let folder: string;

  before(async () => {
    // Below the package, so that it is imported by its name.
    folder = await mkdtemp(join(root, 'dist', 'examples-of-processes-'));
    const names: string[] = [];
    for (const [, name, code] of readFileSync(PAGE, 'utf8').matchAll(BLOCK)) {
      names.push(name!);
      await writeFile(join(folder, `${name}.ts`), code!);
    }
    expect(names).to.deep.equal(NAMES);
    expect(compile(names.map((name) => join(folder, `${name}.ts`)))).to.equal('');
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const file = (name: string): string => join(folder, `${name}.js`);

  /** What a program of the page prints. */
  async function printed(name: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(process.execPath, [file(name), ...args]);
    expect(stderr, name).to.equal('');
    return stdout;
  }

  /** Starts a program of the page that serves something, and is asked to end when the test is over. */
  async function serve(name: string, endpoint: string): Promise<void> {
    const child = spawn(process.execPath, [file(name), endpoint], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    stage.atEnd(async () => {
      child.kill('SIGTERM');
      // Ended by the signal, in order: otherwise it has failed before.
      expect(await ended, name).to.deep.equal([null, 'SIGTERM']);
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(said)).to.equal(`${name.replace('serve-', '')} at ${endpoint}\n`);
  }

  it('has a socket that answers in a thread', async () => {
    expect(await printed('ask')).to.equal('144\n');
  });

  it('has an actor that counts in a thread', async () => {
    expect(await printed('use-words')).to.equal('2\n');
  });

  it('has a stage that has threads', async () => {
    expect(await printed('pipe')).to.equal('TO BE\nOR NOT\n');
  });

  for (const transport of BETWEEN) {
    it(`has a socket that answers in another process over ${transport}`, async () => {
      expect(await printed('ask', await stage.agreed(transport))).to.equal('144\n');
    });

    it(`has an actor that counts in another process over ${transport}, whichever is first`, async () => {
      const endpoint = await stage.agreed(transport);
      const early = printed('use-words', endpoint);
      await serve('serve-words', endpoint);
      expect(await early).to.equal('2\n');
      // The same actor has read twice by now.
      expect(await printed('use-words', endpoint)).to.equal('4\n');
    });

    it(`has a stage in other processes over ${transport}`, async () => {
      const endpoints = [await stage.agreed(transport), await stage.agreed(transport)];
      for (const endpoint of endpoints) await serve('serve-upper', endpoint);
      expect(await printed('pipe', ...endpoints)).to.equal('TO BE\nOR NOT\n');
    });

    it(`has a server in another process over ${transport}`, async () => {
      const endpoint = await stage.agreed(transport);
      await serve('serve-lengths', endpoint);
      const request = new Request({ context: stage.context });
      request.connect(endpoint);
      await request.send('how long?');
      expect(String(await request.receive())).to.equal('9');
      request.close();
    });
  }
}).timeout(120_000);
