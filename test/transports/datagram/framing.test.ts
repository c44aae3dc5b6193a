import { expect } from 'chai';
import fc from 'fast-check';
import { DATAGRAM_BYTES_MOST } from '../../../src/runtime/base/datagram.js';
import { GROUPED, RAW } from '../../../src/transports/datagram/framing.js';

const NOBODY = { host: '192.0.2.7', port: 5555 };
const bytes = (most: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: most }).map((array) => Buffer.from(array));

describe('A datagram of a RADIO', () => {
  it('is the length of the group, the group, and the body', () => {
    const { pieces, to } = GROUPED.encode([Buffer.from('group'), Buffer.from('body')])!;
    expect(Buffer.concat(pieces).toString('latin1')).to.equal('\x05groupbody');
    expect(to).to.equal(undefined);
  });

  it('is taken apart as it was put together, whatever the group and body are', () => {
    fc.assert(
      fc.property(bytes(255), bytes(1000), (group, body) => {
        const datagram = Buffer.concat(GROUPED.encode([group, body])!.pieces);
        expect(GROUPED.decode(datagram, NOBODY)).to.deep.equal([group, body]);
      }),
    );
  });

  it('is ignored if it is empty, or ends within its group; never does it throw', () => {
    for (const text of ['', '\x01', '\x05grou', '\xff']) {
      expect(GROUPED.decode(Buffer.from(text, 'latin1'), NOBODY)).to.equal(undefined);
    }
    fc.assert(
      fc.property(bytes(300), (datagram) => {
        const message = GROUPED.decode(datagram, NOBODY);
        if (message === undefined) expect(datagram.length).to.be.lessThan(1 + (datagram[0] ?? 0));
        else expect(message[0]!.length + message[1]!.length).to.equal(datagram.length - 1);
      }),
    );
  });

  it('has its limits', () => {
    const most = DATAGRAM_BYTES_MOST;
    expect(GROUPED.encode([Buffer.alloc(3), Buffer.alloc(most - 4)])).to.not.equal(undefined);
    for (const message of [
      [Buffer.alloc(3), Buffer.alloc(most - 3)],
      [Buffer.alloc(256), Buffer.alloc(0)],
      [Buffer.alloc(3)],
      [],
    ]) {
      expect(GROUPED.encode(message)).to.equal(undefined);
    }
  });
});

describe('A datagram of a DGRAM', () => {
  it('is the body, and goes where the address says', () => {
    const { pieces, to } = RAW.encode([Buffer.from('127.0.0.1:7'), Buffer.from('body')])!;
    expect(String(Buffer.concat(pieces))).to.equal('body');
    expect(to).to.deep.equal({ host: '127.0.0.1', port: 7 });
  });

  it('is received with the address that it came from', () => {
    expect(RAW.decode(Buffer.from('body'), NOBODY)!.map(String)).to.deep.equal([
      '192.0.2.7:5555',
      'body',
    ]);
    const from = { host: '2001:db8::7', port: 1 };
    expect(RAW.decode(Buffer.alloc(0), from)!.map(String)).to.deep.equal(['[2001:db8::7]:1', '']);
  });

  it('is none without an address, or if it is too long', () => {
    expect(
      RAW.encode([Buffer.from('127.0.0.1:7'), Buffer.alloc(DATAGRAM_BYTES_MOST + 1)]),
    ).to.equal(undefined);
    for (const address of ['', 'nobody', '127.0.0.1:0']) {
      expect(RAW.encode([Buffer.from(address), Buffer.alloc(0)])).to.equal(undefined);
    }
  });
});
