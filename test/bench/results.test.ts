import { expect } from 'chai';
import { Histogram } from '../../bench/histogram.js';
import type { Sample } from '../../bench/measure.js';
import { plotsOf } from '../../bench/plots/plots.js';
import { pairByPair, type Results, type RowResult, sideOf } from '../../bench/results.js';
import type { Row } from '../../bench/row.js';
import { ROWS } from '../../bench/rows.js';
import { formatResults } from '../../bench/table.js';

/** A thousand of something in a second, as a sample, or in so much more or less. */
function sample(seconds: number, latency?: string): Sample {
  return { count: 1000, amount: seconds * 1e9, latency, badEnd: undefined };
}

function resultOf(row: Row, ours: readonly Sample[], theirs: readonly Sample[]): RowResult {
  const a = sideOf(row, 'loomwire', ours, undefined);
  const b = row.peer === 'none' ? undefined : sideOf(row, row.peer, theirs, undefined);
  return { row, ours: a, peer: b, ...pairByPair(row, a, b) };
}

/** Are they timed one by one? */
function isTimed({ measure }: Row): boolean {
  return measure === 'round trip' || measure === 'requests';
}

/** Every row, as if each side had taken a second and more; round trips took 1 to 99 µs. */
function everyRow(): Results {
  const histogram = new Histogram();
  for (let microseconds = 1; microseconds < 100; microseconds++) {
    histogram.record(microseconds * 1000);
  }
  const rows = ROWS.map((row) => {
    const latency = isTimed(row) ? histogram.toString() : undefined;
    const samples = [1, 2, 3].map((seconds) => sample(seconds, latency));
    return resultOf(row, samples, samples);
  });
  return {
    circumstances: {
      date: '2026-01-02T03:04:05.678Z',
      commit: 'abcdef012345',
      cpu: 'A <fast> processor',
      cores: 2,
      memoryGibibytes: 8,
      kernel: 'Linux 6',
      runtime: 'Node 24.1.0 (V8 13)',
      load: 0,
    },
    versions: { loomwire: '0', libzmq: '4' },
    options: { pairs: 3, scale: 1, highWaterMark: 1000 },
    rows,
  };
}

function named(name: string): Row {
  return ROWS.find((row) => row.name === name)!;
}

function lineOf(text: string, name: string): string {
  return text.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';
}

describe('Results of the benchmark', () => {
  it('are compared pair by pair', () => {
    const row = named('tcp-push-pull-16-blocking');
    const { ratio, difference } = resultOf(
      row,
      [sample(1), sample(2), sample(4)],
      [sample(2), sample(2), sample(2)],
    );
    expect(ratio).to.deep.equal({ median: 1, min: 0.5, max: 2 });
    expect(difference).to.equal(undefined);
  });

  it('are compared by difference where a row says so', () => {
    // In milliseconds of a launch
    const { ratio, difference } = resultOf(
      named('import'),
      [sample(50), sample(80), sample(60)],
      [sample(20), sample(20), sample(20)],
    );
    expect(ratio).to.equal(undefined);
    expect(difference).to.deep.equal({ median: 40, min: 30, max: 60 });
  });

  it('are a table that says what each row has reached of its targets', () => {
    const text = formatResults(everyRow(), false);
    for (const { name } of ROWS) expect(lineOf(text, name), name).to.not.equal('');
    expect(lineOf(text, 'tcp-push-pull-16-blocking')).to.match(/1\.00.*≥ 1\.3 \/ 2 +missed$/);
    expect(lineOf(text, 'tcp-weather')).to.match(/≤ 1 \/ 0\.6 +least$/);
    expect(lineOf(text, 'actors-ask-comlink')).to.match(/1\.00.*≤ 0\.5 \/ 0\.25 +missed$/);
    expect(lineOf(text, 'actors-spawn-warm')).to.match(/≤ 5 \/ 5 ms +goal$/);
    expect(lineOf(text, 'import')).to.match(/\+0\.00 +\(0\.00–0\.00\) +≤ 30 \/ 20 ms +goal$/);
    expect(lineOf(text, 'tcp-server-2-threads')).to.match(/^\S+ +0\.5 k req\/s .*itself/);
    expect(text).to.match(
      /^tcp-server-2-threads, itself: 50 % below 5[\d.]+, 99 % below [\d.]+, 99\.9 % below [\d.]+ µs$/m,
    );
    expect(lineOf(text, 'idle-100-sockets')).to.match(/ – +–.*≤ 0\.5 \/ 0\.005 % +missed$/);
  });

  it('say how far the cores were from each other', () => {
    const results = everyRow();
    const [first] = results.rows;
    const coreDistance = { median: 90, min: 84.6, max: 511.5 };
    const text = formatResults({ ...results, rows: [{ ...first!, coreDistance }] }, false);
    expect(lineOf(text, first!.row.name)).to.match(/ 85–512 ns$/);
  });

  it('are printed also without targets and comparison, and say what failed', () => {
    const results = everyRow();
    const row = { ...named('tcp-push-pull-16-blocking'), targets: undefined };
    const ours = sideOf(row, 'loomwire', [], 'failed: no luck');
    const peer = sideOf(row, 'libzmq', [sample(1)], undefined);
    const text = formatResults(
      { ...results, rows: [{ row, ours, peer, ratio: undefined }] },
      false,
    );
    expect(lineOf(text, row.name)).to.match(/failed +libzmq .*–$/);
    expect(text).to.include(`${row.name}, loomwire: failed: no luck`);
    expect(text).to.not.include('one by one');
  });
});

describe('Plots of the benchmark', () => {
  const plots = plotsOf(everyRow());

  it('show throughput by size, the spread of round trips, and the cost of connections', () => {
    const roundTrips = ROWS.filter(isTimed);
    expect(plots.map(({ name }) => name)).to.deep.equal([
      'throughput-inproc',
      'throughput-ipc',
      'throughput-tcp',
      ...roundTrips.map(({ name }) => `latency-${name}`),
      'connections',
    ]);
  });

  it('are pictures without a number that is none, and with their texts escaped', () => {
    for (const { name, svg } of plots) {
      expect(svg, name).to.match(/^<svg [^>]*>\n[^]*<\/svg>\n$/);
      expect(svg, name).to.not.match(/NaN|Infinity|undefined/);
      expect(svg, name).to.include('A &lt;fast> processor');
      expect(svg, name).to.include('<polyline');
    }
  });

  it('have every size, from the left border to the right', () => {
    const { svg } = plots.find(({ name }) => name === 'throughput-tcp')!;
    for (const size of ['16', '1K', '64K', '1M']) expect(svg).to.include(`>${size}</text>`);
  });

  it('are none where nothing was measured', () => {
    expect(plotsOf({ ...everyRow(), rows: [] })).to.deep.equal([]);
  });
});
