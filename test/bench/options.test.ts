import { expect } from 'chai';
import { type Options, readOptions, UsageError } from '../../bench/options.js';
import { QUICK_ROWS, ROWS } from '../../bench/rows.js';

function read(...args: string[]): Options {
  const options = readOptions(args);
  if (typeof options === 'string') throw new Error('no options');
  return options;
}

describe('The options of the benchmark', () => {
  it('choose every row, five pairs and the full size, unless they say otherwise', () => {
    expect(read()).to.deep.include({ rows: ROWS, pairs: 5, scale: 1, highWaterMark: 1000 });
  });

  it('choose rows by parts of their names, each of which is one of a kind', () => {
    expect(new Set(ROWS.map(({ name }) => name)).size).to.equal(ROWS.length);
    const names = read('--only', 'tcp-weather', '--only', 'import').rows.map(({ name }) => name);
    expect(names).to.deep.equal(['tcp-weather', 'import']);
    expect(() => read('--only', 'nothing of the kind')).to.throw(UsageError);
  });

  it('make it quick, and leave to others what they say themselves', () => {
    expect(read('--quick')).to.deep.include({ rows: QUICK_ROWS, pairs: 1, scale: 0.01 });
    expect(read('--quick', '--pairs', '2')).to.include({ pairs: 2, scale: 0.01 });
    expect(() => read('--quick', '--only', 'idle-100-sockets')).to.throw(UsageError);
  });

  it('put another build in the place of every peer, with the same work and no targets', () => {
    // This build stands for the other.
    const { rows } = read('--beside', '.');
    expect(rows).to.have.lengthOf(ROWS.length);
    for (const { peer, peerWork, compared, targets, messages } of rows) {
      expect(peer).to.equal('beside');
      expect([peerWork, compared, targets]).to.deep.equal([undefined, undefined, undefined]);
      expect(messages.peer).to.equal(messages.ours);
    }
    expect(() => read('--beside', './no/such/clone')).to.throw(UsageError);
  });
});

describe('The quick rows', () => {
  it('have most kinds of work, and every peer', () => {
    const peersOf = (rows: readonly { peer: string }[]): Set<string> =>
      new Set(rows.map(({ peer }) => peer).filter((peer) => peer !== 'none'));
    expect(peersOf(QUICK_ROWS)).to.deep.equal(peersOf(ROWS));
    expect(QUICK_ROWS).to.have.lengthOf(22);
  });
});
