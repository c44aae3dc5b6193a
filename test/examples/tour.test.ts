import { expect } from 'chai';
import { ExampleProcess, killExamples } from './support/process.js';

const SMALL = ['--requests', '20', '--tasks', '12', '--workload', '1-2'];

describe('the tour', () => {
  afterEach(killExamples);

  it('runs every pattern on every stage, and every message arrives', async () => {
    const tour = new ExampleProcess('tour', ...SMALL);
    const { code, stdout, stderr } = await tour.end;
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    expect(tour.leftBehind).to.equal(false);
    // Not on a terminal: nothing but text
    expect(stdout).to.match(/^[\n -~─µ]+$/);

    const lines = stdout.slice(stdout.indexOf('\npattern')).trim().split('\n').slice(2);
    const rows = lines.map((line) => line.split(/ {2,}/));
    expect(rows.map(([pattern, transport, who]) => [pattern, transport, who])).to.deep.equal([
      ['REQ/REP', 'inproc', 'threads'],
      ['PUSH/PULL', 'inproc', 'threads'],
      ['REQ/REP', 'tcp', 'processes'],
      ['PUSH/PULL', 'tcp', 'processes'],
      ['REQ/REP', 'tcp', 'libzmq client'],
      ['REQ/REP', 'tcp', 'libzmq server'],
      ['PUSH/PULL', 'tcp', 'libzmq ventilator and sink'],
      ['PUSH/PULL', 'tcp', 'libzmq workers'],
    ]);
    for (const row of rows) {
      expect(row[3]).to.equal(row[0] === 'REQ/REP' ? '40' : '25');
      expect(row.at(-1)).to.equal('all');
    }
  });

  for (const [where, last] of [
    ['among threads', 1],
    ['among processes', 3],
  ] as const) {
    it(`leaves nothing behind when Ctrl-C comes ${where}`, async () => {
      // Long enough not to be over before
      const tour = new ExampleProcess('tour', ...SMALL, '--workload', '100');
      await tour.printed(new RegExp(`^.${last}/8.*all$`, 'm'));
      tour.signal('SIGINT');
      const { code, stdout, stderr } = await tour.end;
      expect(stderr).to.equal('');
      expect(code).to.equal(130);
      expect(stdout).to.not.include('pattern');
      expect(tour.leftBehind).to.equal(false);
    });
  }
});
