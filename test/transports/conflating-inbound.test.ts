import { expect } from 'chai';
import fc from 'fast-check';
import { ConflatingInbound } from '../../src/transports/conflating-inbound.js';
import { encodePing } from '../../src/transports/zmtp/commands.js';
import { FRAME_MORE, wireHeader } from '../../src/runtime/ring/frame.js';
import { HWM_CONFLATES } from '../../src/runtime/ring/layout.js';
import { PipeEnds } from '../support/pipe-ends.js';

function frame(body: Buffer, flags = 0): Buffer {
  return Buffer.concat([wireHeader(flags, body.length), body]);
}

function frames(...parts: Buffer[]): Buffer {
  const last = parts.length - 1;
  return Buffer.concat(parts.map((part, i) => frame(part, i < last ? FRAME_MORE : 0)));
}

describe('What a connection brings to a socket that conflates', () => {
  const commands: Buffer[] = [];
  let ends: PipeEnds;
  let inbound: ConflatingInbound;

  function begin(maxMessageSize = -1): void {
    commands.length = 0;
    ends = new PipeEnds(HWM_CONFLATES);
    inbound = new ConflatingInbound(ends.session, maxMessageSize, {
      command: (body) => commands.push(body),
    });
  }

  beforeEach(() => begin());

  /** Gives the connection the bytes as they may come, `most` of them at a time. */
  function give(bytes: Buffer, most = Infinity): void {
    for (let at = 0; at < bytes.length;) {
      const space = inbound.space();
      const length = Math.min(most, space.length, bytes.length - at);
      space.set(bytes.subarray(at, at + length));
      expect(inbound.received(length)).to.equal(true);
      at += length;
    }
  }

  function readAll(): string[] {
    const received: string[] = [];
    for (let message = ends.read(); message !== undefined; message = ends.read()) {
      received.push(message.map(String).join(','));
    }
    return received;
  }

  it('is the last whole message, in whatever portions it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 700 }),
        (bodies, most) => {
          begin();
          give(Buffer.concat(bodies.map((body) => frame(Buffer.from(body)))), most);
          const message = ends.read();
          expect(message).to.deep.equal([Buffer.from(bodies.at(-1)!)]);
          expect(ends.read()).to.equal(undefined);
          expect(ends.session.conflated).to.equal(bodies.length - 1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is no part of one that has not come whole', () => {
    give(frame(Buffer.from('whole')));
    give(frame(Buffer.alloc(1000)).subarray(0, 500));
    expect(readAll()).to.deep.equal(['whole']);
    inbound.rollback();
    give(frame(Buffer.from('next')));
    expect(readAll()).to.deep.equal(['next']);
  });

  it('is no message of several parts, which is counted', () => {
    for (const most of [1, 7, Infinity]) {
      begin();
      give(frame(Buffer.from('one')), most);
      give(frames(Buffer.from('a'), Buffer.alloc(5000), Buffer.from('b')), most);
      expect(readAll()).to.deep.equal(['one']);
      expect(ends.session.conflated).to.equal(1);
    }
  });

  it('is no command, though it lies between two parts; what came before has been taken in', () => {
    const parts = [frame(Buffer.from('a'), FRAME_MORE), encodePing(0), frame(Buffer.from('b'))];
    give(Buffer.concat([frame(Buffer.from('before')), ...parts]), 3);
    expect(commands).to.have.length(1);
    expect(commands[0]!.toString('latin1', 1, 5)).to.equal('PING');
    expect(readAll()).to.deep.equal(['before']);
  });

  it('is as long as a pipe can hold, and no longer', () => {
    const most = ends.session.producer.left - 9;
    give(frame(Buffer.alloc(most, 'x')));
    expect(ends.read()![0]!.length).to.equal(most);
    expect(() => give(wireHeader(0, most + 1))).to.throw('too large');
  });

  it('obeys maxMessageSize, and what came before is not lost', () => {
    begin(10);
    const bytes = Buffer.concat([frame(Buffer.from('small')), frame(Buffer.alloc(11))]);
    expect(() => give(bytes)).to.throw('A frame of 11 bytes is too large');
    expect(readAll()).to.deep.equal(['small']);
  });

  it('believes no header: memory comes with the bytes', () => {
    const before = process.memoryUsage().arrayBuffers;
    const most = ends.session.producer.left - 9;
    give(wireHeader(0, most));
    give(Buffer.from('a few'));
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(2 ** 21);
  });

  it('waits for memory, and gives way to what is newer meanwhile', () => {
    give(frame(Buffer.from('first')));
    expect(readAll()).to.deep.equal(['first']);
    ends.turn();
    ends.exhaust();
    give(frame(Buffer.alloc(1_500_000, 'a')));
    expect(readAll()).to.deep.equal([]);
    give(frame(Buffer.alloc(1_500_000, 'b')));
    expect(readAll()).to.deep.equal([]);
    ends.recover();
    expect(inbound.resume()).to.equal(false);
    expect(readAll()).to.deep.equal(['b'.repeat(1_500_000)]);
    expect(ends.session.conflated).to.equal(1);
  });
});
