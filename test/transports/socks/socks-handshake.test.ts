import { expect } from 'chai';
import fc from 'fast-check';
import { SocksHandshake, type Credentials } from '../../../src/transports/socks/socks-handshake.js';
import { cut, portions } from '../../support/portions.js';

const PEER = { host: 'peer.example', port: 5555 };
const ME: Credentials = { user: 'me', password: 'secret' };

const bytes = (hexadecimal: string): Buffer => Buffer.from(hexadecimal.replace(/\s/g, ''), 'hex');

const NO_AUTHENTICATION = bytes('05 00');
const USER_AND_PASSWORD = bytes('05 02');
const ADMITTED = bytes('01 00');

/** Replies that grant the request, by the place that they name. */
const REPLIES: Readonly<Record<string, Buffer>> = {
  'an IPv4 address': bytes('05 00 00 01  7f 00 00 01  15 b3'),
  'an IPv6 address': bytes('05 00 00 04  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01  15 b3'),
  'no name': bytes('05 00 00 03 00  15 b3'),
  'a name': Buffer.concat([bytes('05 00 00 03 05'), Buffer.from('proxy'), bytes('15 b3')]),
  'the longest name': Buffer.concat([
    bytes('05 00 00 03 ff'),
    Buffer.alloc(255, 'x'),
    bytes('ff ff'),
  ]),
};

/** What a reply is thrown as. */
const CODES: Readonly<Record<number, string>> = {
  1: 'EIO',
  2: 'EACCES',
  3: 'ENETUNREACH',
  4: 'EHOSTUNREACH',
  5: 'ECONNREFUSED',
  6: 'ETIMEDOUT',
  7: 'EOPNOTSUPP',
  8: 'EAFNOSUPPORT',
  9: 'EIO',
  255: 'EIO',
};

/** What the peer says behind the reply, which is none of the handshake's business. */
const BEHIND = bytes('ff 00 00 00 00 00 00 00 01 7f 03');

interface Heard {
  /** What was said to what has come. */
  readonly said: Buffer[];
  /** How much of it was taken. */
  readonly taken: number;
}

/** What has come so far, for a handshake that takes as much of it as it likes. */
class Arriving {
  private readonly said: Buffer[] = [];
  private taken = 0;

  constructor(
    private readonly handshake: SocksHandshake,
    private readonly all: Buffer,
  ) {}

  /** All up to there has come. */
  upTo(end: number): Heard {
    const { handshake, all, said } = this;
    while (!handshake.done && this.taken < end) {
      const space = handshake.space();
      expect(space).not.to.have.lengthOf(0);
      const length = all.copy(space, 0, this.taken, end);
      this.taken += length;
      const answer = handshake.received(length);
      if (answer !== undefined) said.push(answer);
    }
    return { said, taken: this.taken };
  }
}

function hear(handshake: SocksHandshake, ...pieces: Buffer[]): Heard {
  const all = Buffer.concat(pieces);
  return new Arriving(handshake, all).upTo(all.length);
}

/** The code of what it throws at these bytes, and how many of them it takes for that. */
function refusalOf(all: Buffer, credentials?: Credentials): { code: string; taken: number } {
  const arriving = new Arriving(new SocksHandshake(PEER, credentials), all);
  for (let end = 1; end <= all.length; end++) {
    try {
      arriving.upTo(end);
    } catch (error) {
      return { code: (error as { code: string }).code, taken: end };
    }
  }
  expect.fail('It throws nothing');
}

/** The request for a place. */
function requestFor(host: string, port = 0x15b3): Buffer {
  const { said } = hear(new SocksHandshake({ host, port }, undefined), NO_AUTHENTICATION);
  return said[0]!;
}

describe('A SOCKS handshake', () => {
  it('offers one method: none, or the password if there is a user name', () => {
    expect(new SocksHandshake(PEER, undefined).greeting()).to.deep.equal(bytes('05 01 00'));
    expect(new SocksHandshake(PEER, ME).greeting()).to.deep.equal(bytes('05 01 02'));
  });

  it('asks for a name as it is', () => {
    for (const host of [
      'peer.example',
      'localhost',
      'x',
      'x'.repeat(255),
      'größe.example',
      '1.2.3',
    ]) {
      const name = Buffer.from(host);
      const expected = [bytes('05 01 00 03'), Buffer.of(name.length), name, bytes('15 b3')];
      expect(requestFor(host), host).to.deep.equal(Buffer.concat(expected));
    }
  });

  it('asks for an address as such', () => {
    expect(requestFor('192.0.2.255', 1)).to.deep.equal(bytes('05 01 00 01  c0 00 02 ff  00 01'));
    for (const [host, address] of Object.entries({
      '::': '0000 0000 0000 0000 0000 0000 0000 0000',
      '::1': '0000 0000 0000 0000 0000 0000 0000 0001',
      '1::': '0001 0000 0000 0000 0000 0000 0000 0000',
      '2001:db8::8:800:200C:417a': '2001 0db8 0000 0000 0008 0800 200c 417a',
      '1:2:3:4:5:6:7:8': '0001 0002 0003 0004 0005 0006 0007 0008',
      '1:2:3:4:5:6:7::': '0001 0002 0003 0004 0005 0006 0007 0000',
      '::ffff:192.0.2.1': '0000 0000 0000 0000 0000 ffff c000 0201',
      '64:ff9b::192.0.2.255': '0064 ff9b 0000 0000 0000 0000 c000 02ff',
      'fe80::1%eth0': 'fe80 0000 0000 0000 0000 0000 0000 0001',
    })) {
      const expected = bytes(`05 01 00 04 ${address} ffff`);
      expect(requestFor(host, 65535), host).to.deep.equal(expected);
    }
  });

  it('says user name and password, and asks when they are accepted', () => {
    const longest = 'ü'.repeat(127);
    for (const [credentials, expected] of [
      [ME, [bytes('01 02'), Buffer.from('me'), bytes('06'), Buffer.from('secret')]],
      [{ user: 'me', password: '' }, [bytes('01 02'), Buffer.from('me'), bytes('00')]],
      [
        { user: `${longest}x`, password: longest },
        [bytes('01 ff'), Buffer.from(`${longest}x`), bytes('fe'), Buffer.from(longest)],
      ],
    ] as const) {
      const handshake = new SocksHandshake({ host: '192.0.2.1', port: 1 }, credentials);
      const { said } = hear(handshake, USER_AND_PASSWORD, ADMITTED);
      expect(said).to.deep.equal([Buffer.concat(expected), bytes('05 01 00 01 c0 00 02 01 00 01')]);
    }
  });

  it('asks a proxy that does not care who asks, too', () => {
    const { said } = hear(new SocksHandshake(PEER, ME), NO_AUTHENTICATION);
    expect(said).to.deep.equal([requestFor(PEER.host)]);
  });

  for (const [name, reply] of Object.entries(REPLIES)) {
    it(`is over behind a reply with ${name}, wherever what comes is cut, and takes no more`, () => {
      for (const [credentials, before] of [
        [undefined, NO_AUTHENTICATION],
        [ME, Buffer.concat([USER_AND_PASSWORD, ADMITTED])],
      ] as const) {
        const all = Buffer.concat([before, reply, BEHIND]);
        const whole = before.length + reply.length;
        const { said } = hear(new SocksHandshake(PEER, credentials), all);
        expect(said).to.have.lengthOf(credentials === undefined ? 1 : 2);
        for (let first = 1; first <= all.length; first++) {
          const handshake = new SocksHandshake(PEER, credentials);
          const arriving = new Arriving(handshake, all);
          arriving.upTo(first);
          expect(handshake.done, `${first} of ${whole}`).to.equal(first >= whole);
          expect(arriving.upTo(all.length)).to.deep.equal({ said, taken: whole });
          expect(handshake.done).to.equal(true);
        }
      }
    });
  }

  it('is the same in whatever portions it comes', () => {
    const all = Buffer.concat([USER_AND_PASSWORD, ADMITTED, REPLIES['a name']!, BEHIND]);
    const expected = hear(new SocksHandshake(PEER, ME), all);
    fc.assert(
      fc.property(portions(10), (sizes) => {
        const arriving = new Arriving(new SocksHandshake(PEER, ME), all);
        let heard = arriving.upTo(0);
        for (const [, end] of cut(all.length, sizes)) heard = arriving.upTo(end);
        expect(heard).to.deep.equal(expected);
      }),
    );
  });

  it('throws nothing but errors with codes, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.option(fc.constant(ME), { nil: undefined }),
        fc.constantFrom('', '0500', '0502', '05020100', '05000500', '050005000003'),
        fc.uint8Array({ maxLength: 300 }),
        (credentials, start, rest) => {
          const handshake = new SocksHandshake(PEER, credentials);
          const all = Buffer.concat([bytes(start), rest]);
          let taken: number | undefined;
          let code: unknown;
          try {
            ({ taken } = hear(handshake, all));
          } catch (error) {
            ({ code } = error as { code?: unknown });
          }
          if (taken === undefined) expect(code).to.be.oneOf(['EPROTO', ...Object.values(CODES)]);
          else expect(handshake.done || taken === all.length).to.equal(true);
        },
      ),
    );
  });

  it('throws the system’s code for what the proxy says', () => {
    for (const [reply, code] of Object.entries(CODES)) {
      const all = Buffer.concat([NO_AUTHENTICATION, Buffer.of(5, Number(reply))]);
      expect(refusalOf(all), reply).to.deep.equal({ code, taken: 4 });
    }
    expect(refusalOf(bytes('05 ff'))).to.deep.equal({ code: 'EACCES', taken: 2 });
    expect(refusalOf(bytes('05 ff'), ME)).to.deep.equal({ code: 'EACCES', taken: 2 });
    expect(refusalOf(bytes('05 02 01 01'), ME)).to.deep.equal({ code: 'EACCES', taken: 4 });
  });

  it('throws EPROTO at the first octet that is no proxy’s', () => {
    for (const [said, credentials] of [
      ['04'],
      ['48 54 54 50'],
      ['05 01'],
      // It was not offered.
      ['05 02'],
      ['05 02 05', ME],
      ['05 00 04'],
      ['05 00 05 00 01'],
      ['05 00 05 00 00 00'],
      ['05 00 05 00 00 02'],
      ['05 00 05 00 00 05'],
    ] as [string, Credentials?][]) {
      const all = bytes(said);
      // Of HTTP the first one does.
      const taken = said.startsWith('48') ? 1 : all.length;
      expect(refusalOf(all, credentials), said).to.deep.equal({ code: 'EPROTO', taken });
    }
  });

  it('says no secret in its errors', () => {
    const handshake = new SocksHandshake(PEER, ME);
    expect(() => hear(handshake, USER_AND_PASSWORD, bytes('01 01'))).to.throw(
      'The proxy refuses the user name or the password',
    );
  });
});
