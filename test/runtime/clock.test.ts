import { expect } from 'chai';
import { coarseNow, elapsed } from '../../src/runtime/base/clock.js';

/** What `coarseNow` should say, by a clock that all threads of the process have in common. */
function byHrtime(): number {
  return Number(process.hrtime.bigint() / 1_000_000n) | 0;
}

describe('The clock for waits', () => {
  it('says what every other thread would say, but for the millisecond that is just ending', () => {
    for (let i = 0; i < 1000; i++) {
      const before = byHrtime();
      const now = coarseNow();
      const after = byHrtime();
      expect((now - before) | 0).to.be.at.least(-1);
      expect((after - now) | 0).to.be.at.least(-1);
    }
  });

  it('tells how long ago something was, also across its wrap', () => {
    expect(elapsed(1007, 1000)).to.equal(7);
    expect(elapsed((-(2 ** 31) + 2) | 0, 2 ** 31 - 1)).to.equal(3);
    expect(elapsed(5, -6)).to.equal(11);
  });

  it('takes what another thread has rounded up for no time at all', () => {
    expect(elapsed(1000, 1001)).to.equal(0);
  });
});
