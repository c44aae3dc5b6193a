import { expect } from 'chai';
import type { Traffic } from '../../src/transports/engine.js';
import { Flow } from '../../src/transports/flow.js';

describe('A flow', () => {
  let traffic: Traffic;
  let flow: Flow;

  beforeEach(() => {
    traffic = {
      handshakes: 0,
      bytesReceived: 0,
      bytesSent: 0,
      datagramsDropped: 0,
      datagramsIgnored: 0,
      datagramsUnsent: 0,
    };
    flow = new Flow(traffic);
  });

  const sends = (bytes: number): boolean => {
    traffic.bytesSent += bytes;
    return flow.trickles();
  };
  const receives = (bytes: number): boolean => {
    traffic.bytesReceived += bytes;
    return flow.trickles();
  };

  it('trickles when little at a time goes on in one direction', () => {
    expect([sends(2000), sends(2000), sends(1024)]).to.deep.equal([false, true, true]);
    expect([receives(2000), receives(2000)]).to.deep.equal([false, true]);
  });

  it('is still the same after cycles in which nothing moved', () => {
    expect([sends(2000), flow.trickles(), sends(2000)]).to.deep.equal([false, false, true]);
  });

  it('does not trickle when so little moves that it may be waited for', () => {
    expect([sends(2000), sends(1023)]).to.deep.equal([false, false]);
  });

  it('does not trickle when much moves at a time', () => {
    expect([receives(2000), receives(32 * 1024 - 1), receives(32 * 1024)]).to.deep.equal([
      false,
      true,
      false,
    ]);
  });

  it('does not trickle when requests and replies take turns', () => {
    const turns = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? sends(2000) : receives(2000)));
    expect(turns).to.not.include(true);
  });

  it('does not trickle when both directions move at once', () => {
    sends(2000);
    traffic.bytesReceived += 2000;
    expect(sends(2000)).to.equal(false);
    expect(sends(2000)).to.equal(false);
    expect(sends(2000)).to.equal(true);
  });
});
