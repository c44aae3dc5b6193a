import { expect } from 'chai';
import fc from 'fast-check';
import { Histogram } from '../../bench/histogram.js';

/** Up to where the buckets reach. */
const nanoseconds = fc.integer({ min: 1, max: 2 ** 31 - 2 });

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('counts a value in a bucket that holds it and is no wider than a sixteenth of it', () => {
    fc.assert(
      fc.property(nanoseconds, (value) => {
        const buckets = [...histogramOf([value]).buckets()];
        expect(buckets).to.have.lengthOf(1);
        const { from, to, count } = buckets[0]!;
        expect(count).to.equal(1);
        expect(value).to.be.within(from, to - 1);
        expect(to - from).to.be.at.most(Math.max(1, from / 16));
      }),
    );
  });

  it('has buckets without gaps between them', () => {
    const every = Array.from({ length: 5000 }, (_, value) => value);
    let reached = 0;
    for (const { from, to } of histogramOf(every).buckets()) {
      expect(from).to.equal(reached);
      reached = to;
    }
    expect(reached).to.be.at.least(every.length);
  });

  it('counts what is longer than all buckets in the last one', () => {
    const [bucket] = histogramOf([2 ** 40]).buckets();
    expect(bucket).to.include({ to: 2 ** 31, count: 1 });
  });

  it('is the same after it was written and read, and several are added up', () => {
    fc.assert(
      fc.property(fc.array(nanoseconds), fc.array(nanoseconds), (some, others) => {
        const texts = [histogramOf(some).toString(), histogramOf(others).toString()];
        const together = histogramOf([...some, ...others]);
        expect(Histogram.parse(texts).toString()).to.equal(together.toString());
        expect(together.total).to.equal(some.length + others.length);
      }),
    );
  });

  it('knows below what a part of the values stays', () => {
    const histogram = histogramOf([...new Array<number>(999).fill(100), 1_000_000]);
    expect(histogram.percentile(50)).to.be.within(101, 107);
    expect(histogram.percentile(99.9)).to.be.within(101, 107);
    expect(histogram.percentile(100)).to.be.within(1_000_001, 1_062_500);
    expect(new Histogram().percentile(50)).to.be.NaN;
  });
});
