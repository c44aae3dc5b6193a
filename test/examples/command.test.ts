import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExampleProcess, killExamples, reported } from './support/process.js';

/** What `npm run example` runs. */
const COMMAND = new URL('../../../scripts/example.mjs', import.meta.url);
const ANYWHERE = 'tcp://127.0.0.1:*';
const PARALLEL = ['mandelbrot', 'wordcount', 'imageserver', 'spinning-handler'] as const;

describe('npm run example', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loomwire-examples-'));
  });
  afterEach(killExamples);
  after(() => rm(folder, { recursive: true }));

  function example(...args: string[]): ExampleProcess {
    return new ExampleProcess(COMMAND, ...args);
  }

  async function printed(...args: string[]): Promise<string> {
    const running = example(...args);
    const { code, stdout, stderr } = await running.end;
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(running.leftBehind).to.equal(false);
    return stdout;
  }

  for (const at of ['threads', 'tcp']) {
    it(`runs mandelbrot, at ${at}`, async () => {
      const file = join(folder, `${at}.png`);
      const size = ['--width', '60', '--height', '40', '--tile', '32', '--limit', '100'];
      const text = await printed(
        'mandelbrot',
        ...size,
        '--threads',
        '2',
        '--file',
        file,
        '--at',
        at,
      );
      expect(text).to.match(/^4 tiles on 2 threads in [\d.]+ s: .*\n$/);
      expect((await readFile(file)).toString('latin1', 1, 4)).to.equal('PNG');
    });
  }

  it('runs wordcount', async () => {
    const text = await printed('wordcount', '--megabytes', '1', '--threads', '2', '--top', '1');
    expect(text).to.match(
      /^ +\d+ {2}the\n\d+ words in 1048576 bytes, \d+ different; [\d.]+ MB\/s\n$/,
    );
  });

  it('runs imageserver', async () => {
    const args = ['--pictures', '3', '--width', '30', '--height', '20', '--threads', '2'];
    const text = await printed('imageserver', '--endpoint', ANYWHERE, ...args);
    expect(text).to.match(/^3 pictures from 2 threads in [\d.]+ s, [\d.]+ a second\n$/);
  });

  it('runs spinning-handler', async () => {
    // Shorter than any client's patience: both stay.
    const text = await printed('spinning-handler', '--spin', '200', '--timeout', '20000');
    const stayed = 'the client stayed connected, and got 1\\.6\\d+\n';
    expect(text).to.match(
      new RegExp(
        `^Two handlers compute for 0\\.2 s each\\.\nI/O in a worker: +${stayed}I/O in the handler's own: ${stayed}$`,
      ),
    );
  });

  it('passes signals and the status on', async () => {
    const server = ['imageserver', '--endpoint', ANYWHERE, '--pictures', '0', '--report'];
    const running = example(...server);
    await running.ready();
    running.signal('SIGTERM');
    await reported(running.end);
    const nowhere = await example('wordcount', '--file', join(folder, 'nowhere')).end;
    expect(nowhere).to.include({ code: 1, stdout: '' });
    expect(nowhere.stderr).to.include('ENOENT');
  });

  for (const name of PARALLEL) {
    it(`says how ${name} is used, also to whoever uses it wrongly`, async () => {
      const help = await printed(name, '--help');
      expect(help).to.match(new RegExp(`^Usage: ${name} \\[flags\\]\n`));
      const wrong = [['--nowhere'], ['surplus'], ['--report=yes']];
      if (name !== 'spinning-handler') wrong.push(['--threads', '0'], ['--threads', 'two']);
      for (const args of wrong) {
        const { code, stdout, stderr } = await example(name, ...args).end;
        expect({ code, stdout }, args.join(' ')).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.match(new RegExp(`^${name}: .*\n`));
        expect(stderr.slice(stderr.indexOf('\n') + 1)).to.equal(help);
      }
    });
  }

  it('lists what there is, if there is no such example', async () => {
    for (const name of ['nowhere', 'tour.ts', 'support', 'support/flags', '../examples/tour', '']) {
      const { code, stdout, stderr } = await example(...(name === '' ? [] : [name])).end;
      expect({ code, stdout }, name).to.deep.equal({ code: 2, stdout: '' });
      const complaint = `There is no example named ${JSON.stringify(name)}.\n`;
      expect(stderr.startsWith(name === '' ? 'Usage: ' : complaint), stderr).to.equal(true);
      expect(stderr).to.include('Usage: npm run example -- NAME [arguments]\n');
      for (const each of PARALLEL) expect(stderr).to.include(`\n  ${each}\n`);
    }
  });
});
