import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ExampleProcess, killExamples } from './support/process.js';

const SMALL = ['--requests', '20', '--updates', '20', '--tasks', '12', '--workload', '1'];

/** Thirty scenes, most of them with several processes or threads to start. */
const WHOLE_TOUR_MILLISECONDS = 600_000;

const MESSAGES = { 'REQ/REP': '40', 'PUB/SUB': '20', 'PUSH/PULL': '25' };

describe('the tour', () => {
  const outside = process.env.TMPDIR;
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'loomwire-test-'));
    process.env.TMPDIR = folder;
  });

  afterEach(async () => {
    await killExamples();
    // What the tour puts into the file system is gone as well.
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  after(() => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
    rmSync(folder, { recursive: true });
  });

  it('runs every pattern on every stage, and every message arrives', async () => {
    const tour = new ExampleProcess('tour', ...SMALL);
    const { code, stdout, stderr } = await tour.end;
    expect(stderr).to.equal('');
    expect(stdout).to.include('[30/30]');
    expect(code, stdout).to.equal(0);
    expect(tour.leftBehind).to.equal(false);
    // Not on a terminal: nothing but text
    expect(stdout).to.match(/^[\n -~─µ]+$/);

    const lines = stdout.slice(stdout.indexOf('\npattern')).trim().split('\n').slice(2);
    const rows = lines.map((line) => line.split(/ {2,}/));
    const scenes = rows.map(([pattern, transport, who, workers]) =>
      [pattern, transport, who, workers].join(' '),
    );
    const cast = (transport: string, who: string, pipeline = who): string[] => [
      `REQ/REP ${transport} ${who} -`,
      `PUB/SUB ${transport} ${who} -`,
      ...[1, 2, 4].map((workers) => `PUSH/PULL ${transport} ${pipeline} ${workers}`),
    ];
    expect(scenes).to.deep.equal([
      ...cast('inproc', 'threads'),
      ...cast('ipc', 'threads'),
      ...cast('tcp', 'threads'),
      ...cast('tcp', 'processes'),
      ...cast('tcp', 'libzmq client', 'libzmq workers'),
      ...cast('tcp', 'libzmq server', 'libzmq ventilator and sink'),
    ]);
    for (const row of rows) {
      expect(row[4]).to.equal(MESSAGES[row[0] as keyof typeof MESSAGES]);
      expect(row.at(-1)).to.equal('all');
    }
  }).timeout(WHOLE_TOUR_MILLISECONDS);

  for (const [where, first] of [
    ['among threads', 2],
    ['among processes', 17],
  ] as const) {
    it(`leaves nothing behind when Ctrl-C comes ${where}`, async () => {
      // The second scene is a pipeline, long enough not to be over before.
      const args = ['--from', String(first), '--workload', '100'];
      const tour = new ExampleProcess('tour', ...SMALL, ...args);
      await tour.printed(new RegExp(`^.${first}/30.*all$`, 'm'));
      tour.signal('SIGINT');
      const { code, stdout, stderr } = await tour.end;
      expect(stderr).to.equal('');
      expect(code).to.equal(130);
      expect(stdout).to.not.include('pattern');
      expect(tour.leftBehind).to.equal(false);
    });
  }

  it('prints JSON and nothing else if asked to', async () => {
    const { code, stdout } = await new ExampleProcess('tour', ...SMALL, '--json', '--from', '29')
      .end;
    const { passed, results } = JSON.parse(stdout) as { passed: boolean; results: object[] };
    expect(code, stdout).to.equal(0);
    expect(passed).to.equal(true);
    expect(results).to.have.lengthOf(2);
  });
});
