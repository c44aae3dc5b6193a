import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { Request, Subscriber } from '../../src/index.js';
import { replyError } from '../../src/actors.js';
import { ProcessElsewhere } from '../support/elsewhere.js';
import { ExampleProcess, killExamples, reported } from './support/process.js';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue. */
  at(x: number, y: number): number[];
}

/** Reads what the examples write: unfiltered rows of true colour in one piece. */
function readPng(file: Buffer): Picture {
  expect(file.subarray(0, 8).toString('latin1')).to.equal('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 8, at + 8 + length);
    chunks.set(file.toString('latin1', at + 4, at + 8), body);
    at += length + 12;
  }
  expect([...chunks.keys()]).to.deep.equal(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  const row = width * 3 + 1;
  expect(rows.length).to.equal(height * row);
  return { width, height, at: (x, y) => [...rows.subarray(y * row + 1 + x * 3).subarray(0, 3)] };
}

describe('the examples on many threads', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loomwire-examples-'));
  });
  afterEach(killExamples);
  after(() => rm(folder, { recursive: true }));

  describe('mandelbrot', () => {
    // Not a whole number of tiles in either direction.
    const SIZE = ['--width', '150', '--height', '100', '--tile', '32', '--limit', '200'];

    async function drawn(name: string, ...more: string[]): Promise<Buffer> {
      const file = join(folder, name);
      const args = [...SIZE, '--file', file, ...more];
      const { code, stdout, stderr } = await new ExampleProcess('mandelbrot', ...args).end;
      // No progress where there is no terminal.
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expect(stdout).to.match(/^20 tiles on \d+ threads in [\d.]+ s: .*\n$/);
      return readFile(file);
    }

    it('draws the set, black and alike above and below', async () => {
      const picture = readPng(await drawn('here.png', '--threads', '2'));
      expect(picture).to.include({ width: 150, height: 100 });
      // 0 is in the set, and so is -1; the corners are far outside.
      const x = (re: number): number => Math.round(((re + 0.65) / 3.2 + 0.5) * 150);
      expect(picture.at(x(0), 50)).to.deep.equal([0, 0, 0]);
      expect(picture.at(x(-1), 50)).to.deep.equal([0, 0, 0]);
      expect(picture.at(0, 0)).to.not.deep.equal([0, 0, 0]);
      for (let column = 0; column < 150; column += 7) {
        expect(picture.at(column, 20)).to.deep.equal(picture.at(column, 80));
      }
    });

    it('draws the same in another process, which ends with it', async () => {
      const here = await drawn('one.png', '--threads', '1');
      const file = join(folder, 'elsewhere.png');
      const example = new ExampleProcess('mandelbrot', ...SIZE, '--at', 'tcp', '--file', file);
      const { code, stderr } = await example.end;
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expect(example.leftBehind).to.equal(false);
      expect((await readFile(file)).equals(here)).to.equal(true);
    });

    it('says what it takes', async () => {
      const { code, stdout } = await new ExampleProcess('mandelbrot', '--help').end;
      expect(code).to.equal(0);
      expect(stdout).to.match(/^Usage: mandelbrot \[flags\]\n/);
      expect(stdout).to.include('--at threads|tcp');
    });

    it('refuses a place that is none', async () => {
      const { code, stderr } = await new ExampleProcess('mandelbrot', '--at', 'home').end;
      expect(code).to.equal(2);
      expect(stderr).to.include("mandelbrot: --at takes threads|tcp, not 'home'");
    });
  });

  describe('wordcount', () => {
    it('counts each word once, wherever the text is cut', async () => {
      const file = join(folder, 'text');
      const lines = Array.from(
        { length: 500 },
        (_, n) => `Über ${'long'.repeat(n % 40)} sea,\nsea `,
      );
      await writeFile(file, `${lines.join('')}end`);
      const args = ['--file', file, '--piece', '50', '--top', '2', '--report'];
      const { result } = await reported(new ExampleProcess('wordcount', ...args).end);
      expect(result).to.deep.include({
        bytes: Buffer.byteLength(`${lines.join('')}end`),
        // In each 40th line there is no long one.
        words: 500 * 4 - 13 + 1,
        different: 39 + 3,
        most: [
          ['sea', 1000],
          ['über', 500],
        ],
      });
    });

    it('publishes its progress to whoever subscribes', async () => {
      const place = ['--progress', 'tcp://127.0.0.1:*', '--subscribers', '1'];
      const example = new ExampleProcess('wordcount', '--megabytes', '2', ...place, '--report');
      using subscriber = new Subscriber();
      subscriber.connect(await example.ready());
      subscriber.subscribe('');
      const seen: number[] = [];
      let last: string[] = [];
      for await (const message of subscriber) {
        last = message.map(String);
        seen.push(Number(last[1]));
        if (last[0] === 'done') break;
      }
      expect(seen.length).to.be.greaterThan(8);
      expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
      const { result } = await reported(example.end);
      const { bytes, words } = result as { bytes: number; words: number };
      expect(bytes).to.equal(2 * 2 ** 20);
      expect(last).to.deep.equal(['done', String(bytes), String(words)]);
    });

    it('prints its words and no progress where there is no terminal', async () => {
      const { code, stdout, stderr } = await new ExampleProcess('wordcount', '--megabytes', '1')
        .end;
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expect(stdout.split('\n')).to.have.lengthOf(12);
      expect(stdout).to.match(/^ +\d+ {2}the\n/);
    });

    it('fails where there is no text', async () => {
      const args = ['--file', join(folder, 'nowhere')];
      const { code, stderr } = await new ExampleProcess('wordcount', ...args).end;
      expect(code).to.equal(1);
      expect(stderr).to.include('ENOENT').and.to.not.include('Unhandled');
    });
  });

  describe('imageserver', () => {
    const ANYWHERE = ['--endpoint', 'tcp://127.0.0.1:*'];

    it('draws what its own client asks for, and ends', async () => {
      const pictures = join(folder, 'pictures');
      const args = ['--pictures', '5', '--width', '60', '--height', '40', '--folder', pictures];
      const { code, stdout, stderr } = await new ExampleProcess('imageserver', ...ANYWHERE, ...args)
        .end;
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
      expect(stdout).to.match(/^5 pictures from \d+ threads in [\d.]+ s, [\d.]+ a second\n$/);
      expect((await readdir(pictures)).sort()).to.deep.equal(
        [0, 1, 2, 3, 4].map((n) => `000${n}.png`),
      );
      // The way leads into the set's edge: each picture is another.
      const files = await Promise.all([0, 4].map((n) => readFile(join(pictures, `000${n}.png`))));
      for (const file of files) expect(readPng(file)).to.include({ width: 60, height: 40 });
      expect(files[0]!.equals(files[1]!)).to.equal(false);
    });

    it('answers clients of libzmq', async () => {
      const example = new ExampleProcess('imageserver', ...ANYWHERE, '--pictures', '0', '--report');
      const client = new ProcessElsewhere(
        async (_library, line, endpoint: string) => {
          const { Dealer, Request } = await import('zeromq');
          const asking = new Request({ linger: 0 });
          asking.connect(endpoint);
          for (const request of [
            ['40', '30'],
            ['', '', 'far away'],
          ]) {
            await asking.send(request);
            line.post(await asking.receive());
          }
          // Several at once, and replies to each by what stands before the empty part.
          const dealer = new Dealer({ linger: 0 });
          dealer.connect(endpoint);
          for (let n = 1; n <= 4; n++) await dealer.send([String(n), '', String(n * 10), '10']);
          for (let n = 1; n <= 4; n++) line.post(await dealer.receive());
          asking.close();
          dealer.close();
        },
        await example.ready(),
      );
      try {
        const [picture] = await client.next<Uint8Array[]>();
        expect(readPng(Buffer.from(picture!))).to.include({ width: 40, height: 30 });
        const refusal = await client.next<Uint8Array[]>();
        expect(replyError(refusal.map((part) => Buffer.from(part)))).to.deep.equal({
          code: 'RangeError',
          message: "'far away' is no number",
        });
        const widths = new Map<number, number>();
        for (let n = 1; n <= 4; n++) {
          const [number, , drawn] = await client.next<Uint8Array[]>();
          widths.set(Number(Buffer.from(number!)), readPng(Buffer.from(drawn!)).width);
        }
        expect([...widths].sort()).to.deep.equal([1, 2, 3, 4].map((n) => [n, n * 10]));
        expect((await client.ended).code).to.equal(0);
      } finally {
        await client.kill();
      }
      example.signal('SIGINT');
      expect(await example.end).to.include({ code: 0, stderr: '' });
    });

    it('answers other clients until Ctrl-C, also those that ask for something else', async () => {
      const example = new ExampleProcess('imageserver', ...ANYWHERE, '--pictures', '0', '--report');
      using client = new Request();
      client.connect(await example.ready());
      await client.send(['30', '20']);
      const [picture] = await client.receive();
      expect(readPng(picture!)).to.include({ width: 30, height: 20 });
      await client.send(['30', 'high']);
      expect(replyError(await client.receive())).to.deep.equal({
        code: 'RangeError',
        message: "'high' is no number",
      });
      example.signal('SIGINT');
      const { code, stderr } = await example.end;
      expect(stderr).to.equal('');
      expect(code).to.equal(0);
    });
  });

  describe('spinning-handler', () => {
    it('shows that a client stays with loomwire, and leaves a server with one thread for all', async () => {
      const args = ['--spin', '6000', '--timeout', '3000', '--report'];
      const { result } = await reported(new ExampleProcess('spinning-handler', ...args).end);
      const { loomwire, plain } = result as Record<'loomwire' | 'plain', Record<string, unknown>>;
      expect(loomwire).to.deep.equal({ disconnects: 0, reply: '1.644934' });
      expect(plain.disconnects).to.be.greaterThan(0);
      expect(plain.reply).to.equal(null);
    });

    it('leaves nobody behind after Ctrl-C', async () => {
      const example = new ExampleProcess('spinning-handler');
      await example.printed(/compute for 30\.0 s/);
      example.signal('SIGINT');
      const { code } = await example.end;
      expect(code).to.equal(130);
    });
  });
});
