import { expect } from 'chai';
import { ReconnectTiming } from '../../src/transports/reconnect-timing.js';

/** The next so many pauses, with a source of chance that always says the same. */
function pauses(timing: ReconnectTiming, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => timing.next());
}

describe('Reconnection', () => {
  it('waits for the interval and up to as much again', () => {
    expect(pauses(new ReconnectTiming(100, 0, () => 0), 2)).to.deep.equal([100, 100]);
    expect(pauses(new ReconnectTiming(100, 0, () => 0.5), 2)).to.deep.equal([150, 150]);
    expect(pauses(new ReconnectTiming(100, 0, () => 0.999999), 1)).to.deep.equal([199]);
  });

  it('doubles up to a maximum, and leaves nothing to chance then', () => {
    const timing = new ReconnectTiming(100, 700, () => 0.5);
    expect(pauses(timing, 5)).to.deep.equal([100, 200, 400, 700, 700]);
  });

  it('begins anew after a connection was made', () => {
    const timing = new ReconnectTiming(100, 700);
    pauses(timing, 3);
    timing.succeeded();
    expect(pauses(timing, 2)).to.deep.equal([100, 200]);
  });

  it('never waits longer than the maximum, even if that is less than the interval', () => {
    expect(pauses(new ReconnectTiming(100, 100, () => 0.5), 3)).to.deep.equal([100, 100, 100]);
    expect(pauses(new ReconnectTiming(100, 50, () => 0.5), 3)).to.deep.equal([50, 50, 50]);
  });

  it('waits no longer than a timer can', () => {
    const most = 2 ** 31 - 1;
    expect(pauses(new ReconnectTiming(most, 0, () => 0.5), 1)).to.deep.equal([most]);
    expect(pauses(new ReconnectTiming(2 ** 30, most), 3)).to.deep.equal([2 ** 30, most, most]);
  });

  it('is given up without an interval', () => {
    expect(pauses(new ReconnectTiming(0, 0), 2)).to.deep.equal([undefined, undefined]);
    expect(pauses(new ReconnectTiming(-1, 500), 1)).to.deep.equal([undefined]);
  });
});
