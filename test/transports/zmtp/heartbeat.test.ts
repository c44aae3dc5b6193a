import { expect } from 'chai';
import fc from 'fast-check';
import {
  Heartbeat,
  type HeartbeatAction,
  TTL_SENT_MAX_TENTHS,
} from '../../../src/transports/zmtp/heartbeat.js';

const START = 1000;

/** Its PINGs leave as soon as they are due. */
class Prompt extends Heartbeat {
  override due(now: number): HeartbeatAction {
    const action = super.due(now);
    if (action === 'send-ping') this.onPingSent(now);
    return action;
  }
}

function heartbeat(interval: number, timeout = -1, timeToLive = 0): Heartbeat {
  return new Prompt({ interval, timeout, timeToLive }, START);
}

describe('zmtp heartbeat', () => {
  it('does nothing when off', () => {
    const off = heartbeat(0);
    expect(off.nextDeadline(START)).to.equal(undefined);
    expect(off.due(START + 1e9)).to.equal('none');
  });

  it('sends a PING every interval, whatever the traffic', () => {
    const table = heartbeat(100);
    expect(table.nextDeadline(START)).to.equal(START + 100);
    for (let round = 1; round <= 5; round++) {
      const at = START + round * 100;
      table.onTraffic(at - 1);
      expect(table.due(at - 1)).to.equal('none');
      expect(table.due(at)).to.equal('send-ping');
      expect(table.due(at)).to.equal('none');
    }
  });

  it('sends one PING after a pause, not one per interval missed', () => {
    const table = heartbeat(100, 0);
    expect(table.due(START + 1000)).to.equal('send-ping');
    expect(table.due(START + 1099)).to.equal('none');
    expect(table.due(START + 1100)).to.equal('send-ping');
  });

  it('expires when nothing comes for the timeout after a PING, by default the interval', () => {
    const table = heartbeat(100);
    expect(table.due(START + 100)).to.equal('send-ping');
    expect(table.due(START + 199)).to.equal('none');
    expect(table.due(START + 200)).to.equal('expired');
    expect(table.due(START + 300)).to.equal('expired');
  });

  it('counts the timeout from the first unanswered PING, not the last', () => {
    const table = heartbeat(100, 250);
    expect(table.due(START + 100)).to.equal('send-ping');
    expect(table.due(START + 200)).to.equal('send-ping');
    expect(table.due(START + 300)).to.equal('send-ping');
    expect(table.nextDeadline(START + 300)).to.equal(START + 350);
    expect(table.due(START + 349)).to.equal('none');
    expect(table.due(START + 350)).to.equal('expired');
  });

  it('never expires while a PING is yet to be sent, or with a timeout of 0', () => {
    expect(heartbeat(100).due(START + 1e6)).to.equal('send-ping');
    const patient = heartbeat(100, 0);
    for (let round = 1; round <= 50; round++) {
      expect(patient.due(START + round * 100)).to.equal('send-ping');
    }
  });

  it('counts the timeout from when the PING leaves: it may have to wait for the end of a message', () => {
    const table = new Heartbeat({ interval: 100, timeout: 150, timeToLive: 0 }, START);
    for (let at = START + 100; at <= START + 1000; at += 100) {
      expect(table.due(at)).to.equal('send-ping');
    }
    table.onPingSent(START + 1000);
    expect(table.due(START + 1100)).to.equal('send-ping');
    expect(table.due(START + 1149)).to.equal('none');
    expect(table.due(START + 1150)).to.equal('expired');
  });

  it('begins its timeout anew as long as what the PING waits for goes on, but not beyond the peer’s TTL', () => {
    const table = new Heartbeat({ interval: 100, timeout: 150, timeToLive: 0 }, START);
    table.onPing(5, START);
    expect(table.due(START + 100)).to.equal('send-ping');
    table.onPingSent(START + 100);
    expect(table.due(START + 250)).to.equal('expired');
    expect(table.extend(START + 250)).to.equal(true);
    expect(table.due(START + 250)).to.equal('send-ping');
    expect(table.due(START + 400)).to.equal('expired');
    expect(table.extend(START + 500)).to.equal(false);
  });

  it('takes any frame as life, PINGs included', () => {
    const table = heartbeat(100, 150);
    expect(table.due(START + 100)).to.equal('send-ping');
    table.onTraffic(START + 120);
    expect(table.due(START + 200)).to.equal('send-ping'); // arms anew: START + 350
    table.onPing(0, START + 349);
    expect(table.due(START + 350)).to.equal('send-ping');
    expect(table.due(START + 499)).to.equal('send-ping');
    expect(table.due(START + 500)).to.equal('expired');
  });

  it('expires by the TTL of the last PING, even if it sends none itself', () => {
    const table = heartbeat(0);
    table.onPing(5, START);
    expect(table.nextDeadline(START)).to.equal(START + 500);
    expect(table.due(START + 499)).to.equal('none');
    expect(table.due(START + 500)).to.equal('expired');

    table.onPing(3, START + 500);
    expect(table.nextDeadline(START + 500)).to.equal(START + 800);
    table.onPing(0, START + 600);
    expect(table.nextDeadline(START + 600)).to.equal(undefined);
  });

  it('disarms the TTL with any frame', () => {
    const table = heartbeat(0);
    table.onPing(1, START);
    table.onTraffic(START + 50);
    expect(table.due(START + 1e9)).to.equal('none');
  });

  it('takes a peer’s TTL in full: 65.6 s and 6553.5 s do not overflow', () => {
    for (const tenths of [655, 656, 65535]) {
      const table = heartbeat(0);
      table.onPing(tenths, START);
      expect(table.due(START + tenths * 100 - 1)).to.equal('none');
      expect(table.due(START + tenths * 100)).to.equal('expired');
    }
  });

  it('sends TTLs in whole tenths of a second, below one none, never above 65.5 s', () => {
    const sent = (ms: number): number => heartbeat(100, -1, ms).ttlTenths;
    expect([0, 99, 100, 199, 1000].map(sent)).to.deep.equal([0, 0, 1, 1, 10]);
    expect([65499, 65500, 65600, 6_553_599].map(sent)).to.deep.equal([654, 655, 655, 655]);
    expect((TTL_SENT_MAX_TENTHS * 100) >> 16, 'fits in 16 bits').to.equal(0);
    expect(((TTL_SENT_MAX_TENTHS + 1) * 100) >> 16, 'and is the largest').to.equal(1);
  });

  it('names a deadline at which something is due, and never one in the past', () => {
    const event = fc.record({
      after: fc.nat({ max: 400 }),
      kind: fc.constantFrom('traffic', 'ping', 'due'),
      ttl: fc.nat({ max: 5 }),
    });
    const options = fc.record({
      interval: fc.constantFrom(0, 50, 100),
      timeout: fc.constantFrom(-1, 0, 30, 250),
      timeToLive: fc.nat({ max: 1000 }),
    });
    fc.assert(
      fc.property(options, fc.array(event, { maxLength: 30 }), (chosen, events) => {
        let now = START;
        const table = new Prompt(chosen, now);
        for (const { after, kind, ttl } of events) {
          now += after;
          if (kind === 'traffic') table.onTraffic(now);
          else if (kind === 'ping') table.onPing(ttl, now);
          else if (table.due(now) === 'expired') return;
          const next = table.nextDeadline(now);
          if (next === undefined) continue;
          expect(next).to.be.at.least(now);
          if (next > now) expect(table.due(next - 1)).to.equal('none');
        }
        const last = table.nextDeadline(now);
        if (last === undefined) expect(table.due(now + 1e9)).to.equal('none');
        else expect(table.due(last)).to.be.oneOf(['send-ping', 'expired']);
      }),
    );
  });
});
