import { expect } from 'chai';
import fc from 'fast-check';
import {
  GREETING_SIZE,
  encodeGreeting,
  parseGreeting,
  parseSignature,
} from '../../../src/transports/zmtp/greeting.js';
import { ProtocolError } from '../../../src/transports/zmtp/protocol-error.js';
import { LIBZMQ_GREETING, refusal, wire } from './wire.js';

/** libzmq's greeting with some octets replaced. */
function greetingWith(changes: Record<number, number>): Buffer {
  const greeting = Buffer.from(LIBZMQ_GREETING);
  for (const [at, octet] of Object.entries(changes)) greeting[Number(at)] = octet;
  return greeting;
}

describe('zmtp greeting', () => {
  it('is octet for octet what libzmq sends', () => {
    expect(encodeGreeting('NULL')).to.deep.equal(LIBZMQ_GREETING);
    expect(encodeGreeting('NULL')).to.have.lengthOf(GREETING_SIZE);
  });

  it('carries the length of the routing id, and one octet more', () => {
    expect(encodeGreeting('NULL', false, 2)).to.deep.equal(greetingWith({ 8: 3 }));
    expect(encodeGreeting('NULL', false, 255)).to.deep.equal(greetingWith({ 7: 1, 8: 0 }));
  });

  it('carries the mechanism and the as-server octet', () => {
    const greeting = encodeGreeting('CURVE', true);
    expect(greeting.subarray(12, 33)).to.deep.equal(
      Buffer.concat([wire(`'CURVE'`), Buffer.alloc(15), wire('01')]),
    );
    expect(parseGreeting(greeting, greeting.length)).to.deep.equal({
      major: 3,
      minor: 1,
      mechanism: 'CURVE',
      asServer: true,
    });
  });

  it('takes names of 1 to 20 characters, and no others', () => {
    const longest = 'ABCDEFGHIJ0123-_.+XY';
    expect(parseGreeting(encodeGreeting(longest), 64)?.mechanism).to.equal(longest);
    for (const name of ['', `${longest}Z`, 'null', 'NU LL', 'NULL\0']) {
      expect(() => encodeGreeting(name), name).to.throw(RangeError);
    }
  });

  it('is undefined until all 64 octets are there', () => {
    for (let length = 0; length < GREETING_SIZE; length++) {
      expect(parseGreeting(LIBZMQ_GREETING, length), String(length)).to.equal(undefined);
    }
    expect(parseGreeting(LIBZMQ_GREETING, GREETING_SIZE)).to.deep.equal({
      major: 3,
      minor: 1,
      mechanism: 'NULL',
      asServer: false,
    });
  });

  it('ignores what comes after it', () => {
    const more = Buffer.concat([LIBZMQ_GREETING, Buffer.alloc(9, 0xaa)]);
    expect(parseGreeting(more, more.length)?.mechanism).to.equal('NULL');
  });

  it('accepts higher versions and 3.0', () => {
    for (const [major, minor] of [
      [3, 0],
      [3, 2],
      [4, 0],
      [255, 255],
    ] as const) {
      const greeting = parseGreeting(greetingWith({ 10: major, 11: minor }), 64);
      expect(greeting).to.include({ major, minor });
    }
  });

  it('looks at neither padding nor filler', () => {
    const changes: Record<number, number> = {};
    for (let at = 1; at <= 8; at++) changes[at] = 0xa5;
    for (let at = 33; at <= 63; at++) changes[at] = 0x5a;
    expect(parseGreeting(greetingWith(changes), 64)?.mechanism).to.equal('NULL');
  });

  it('refuses a mechanism name at its first wrong octet', () => {
    const cases: { changes: Record<number, number>; octets: number }[] = [
      { changes: { 12: 0x6e }, octets: 13 }, // lower case
      { changes: { 15: 0x20 }, octets: 16 },
      { changes: { 31: 0x41 }, octets: 32 }, // a letter after the padding
      { changes: { 13: 0x80 }, octets: 14 },
    ];
    for (const { changes, octets } of cases) {
      const bytes = greetingWith(changes);
      expect(parseGreeting(bytes, octets - 1)).to.equal(undefined);
      refusal('ERR_ZMTP_INVALID_GREETING', () => parseGreeting(bytes, octets));
    }
  });

  it('never throws anything but ProtocolError, and nothing it can tell earlier', () => {
    const nearlyGreeting = fc
      .tuple(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.integer({ min: 0, max: 64 }))
      .map(([noise, kept]) =>
        Buffer.concat([LIBZMQ_GREETING.subarray(0, kept), noise.subarray(kept)]),
      );
    const any = fc.oneof(nearlyGreeting, fc.uint8Array({ maxLength: 70 }));
    for (const [parse, refusedAtMost] of [
      [parseGreeting, 32], // behind the mechanism nothing can be wrong
      [parseSignature, 2],
    ] as const) {
      fc.assert(
        fc.property(any, (bytes) => {
          let refusedAt = -1;
          for (let length = 0; length <= bytes.length; length++) {
            try {
              parse(bytes, length);
              expect(refusedAt, 'refused, then accepted').to.equal(-1);
            } catch (error) {
              expect(error).to.be.instanceOf(ProtocolError);
              if (refusedAt < 0) refusedAt = length;
            }
          }
          expect(refusedAt).to.be.at.most(refusedAtMost);
        }),
      );
    }
  });
});

describe('zmtp signature', () => {
  it('is told from the frame of a peer without one at octet 9, and by bit 0 alone', () => {
    for (const [last, found] of [
      [0x7f, 'versioned'],
      [0x01, 'versioned'],
      [0x00, 'unversioned'],
      [0x7e, 'unversioned'],
    ] as const) {
      const bytes = greetingWith({ 9: last });
      for (let length = 0; length < 10; length++) {
        expect(parseSignature(bytes, length)).to.equal(undefined);
      }
      expect(parseSignature(bytes, 10)).to.equal(found);
      expect(parseSignature(bytes, 64)).to.equal(found);
    }
  });

  it('has a length that is not looked at', () => {
    const changes: Record<number, number> = {};
    for (let at = 1; at <= 8; at++) changes[at] = 0xa5;
    expect(parseSignature(greetingWith(changes), 10)).to.equal('versioned');
  });

  it('is missing where a short frame begins, which its second octet shows', () => {
    for (const [length, flags] of [
      [0x01, 0x00],
      [0x01, 0x7e],
      [0xfe, 0x00],
    ] as const) {
      expect(parseSignature(Uint8Array.of(length), 1)).to.equal(undefined);
      expect(parseSignature(Uint8Array.of(length, flags), 2)).to.equal('unversioned');
    }
  });

  it('is missing with other protocols, which have no such frame either: refused at their second octet', () => {
    for (const text of [
      'GET ',
      'OPTIONS',
      'PRI * HTTP/2.0',
      'HTTP/1.1 400',
      'SSH-2.0',
      '220 mail',
    ]) {
      const bytes = Buffer.from(text);
      expect(parseSignature(bytes, 1)).to.equal(undefined);
      refusal('ERR_ZMTP_INVALID_GREETING', () => parseSignature(bytes, 2));
    }
    // TLS, and a frame that says that more follow.
    for (const bytes of [Uint8Array.of(0x16, 0x03), Uint8Array.of(0x03, 0x01)]) {
      refusal('ERR_ZMTP_INVALID_GREETING', () => parseSignature(bytes, 2));
    }
  });

  it('is missing with a frame of no length, which is none: refused at its first octet', () => {
    refusal('ERR_ZMTP_INVALID_GREETING', () => parseSignature(Uint8Array.of(0), 1));
  });
});
