import { expect } from 'chai';
import fc from 'fast-check';
import {
  encodeMetadata,
  getProperty,
  parseMetadata,
} from '../../../src/transports/zmtp/metadata.js';
import { ProtocolError } from '../../../src/transports/zmtp/protocol-error.js';
import { refusal, wire } from './wire.js';

describe('zmtp metadata', () => {
  it('puts properties in the order given, strings as UTF-8', () => {
    expect(
      encodeMetadata([
        ['Socket-Type', 'DEALER'],
        ['Identity', wire('6D 65')],
        ['X-a', 'ä'],
      ]),
    ).to.deep.equal(
      wire(
        `0B 'Socket-Type' 00000006 'DEALER'  08 'Identity' 00000002 'me'  03 'X-a' 00000002 C3A4`,
      ),
    );
    expect(encodeMetadata([])).to.have.lengthOf(0);
  });

  it('reads them back by the names as sent', () => {
    const metadata = parseMetadata(wire(`0B 'socket-type' 00000003 'REQ'  08 'Identity' 00000000`));
    expect([...metadata.keys()]).to.deep.equal(['socket-type', 'Identity']);
    expect(getProperty(metadata, 'Socket-Type')?.toString()).to.equal('REQ');
    expect(getProperty(metadata, 'IDENTITY')).to.have.lengthOf(0);
    expect(getProperty(metadata, 'Resource')).to.equal(undefined);
  });

  it('is not confused by names of object members', () => {
    const metadata = parseMetadata(wire(`09 '__proto__' 00000001 'x'`));
    expect(getProperty(metadata, '__proto__')?.toString()).to.equal('x');
    expect(getProperty(metadata, 'constructor')).to.equal(undefined);
  });

  it('copies the values out', () => {
    const bytes = wire(`01 'N' 00000002 'ab'`);
    const metadata = parseMetadata(bytes);
    bytes.fill(0);
    expect(metadata.get('N')?.toString()).to.equal('ab');
  });

  it('takes names of 1 to 255 octets', () => {
    const name = 'N'.repeat(255);
    expect(
      parseMetadata(encodeMetadata([[name, 'v']]))
        .get(name)
        ?.toString(),
    ).to.equal('v');
    for (const bad of ['', 'N'.repeat(256), 'with space', 'ä']) {
      expect(() => encodeMetadata([[bad, 'v']]), bad).to.throw(RangeError);
    }
  });

  it('refuses every malformed form', () => {
    const forms = [
      '00', // an empty name
      `00 00000001 'x'`,
      '05', // a name cut off
      `05 'READ'`,
      `01 'N'`, // a value's size cut off
      `01 'N' 000000`,
      `01 'N' 00000001`, // a value cut off
      `01 'N' 00000003 'ab'`,
      `01 'N' 80000000`, // beyond the largest size
      `01 'N' FFFFFFFF 'ab'`, // would wrap if added in 32 bits
      `01 'N' 00000000 00`, // a rest
      `01 'N' 00000000 01`,
    ];
    for (const form of forms) {
      refusal('ERR_ZMTP_INVALID_METADATA', () => parseMetadata(wire(form)));
    }
  });

  it('refuses a name sent twice, in whatever case, but not names alike outside ASCII', () => {
    refusal('ERR_ZMTP_INVALID_METADATA', () =>
      parseMetadata(wire(`01 'N' 00000000 01 'N' 00000000`)),
    );
    refusal('ERR_ZMTP_INVALID_METADATA', () =>
      parseMetadata(wire(`01 'N' 00000000 01 'n' 00000000`)),
    );
    expect(parseMetadata(wire(`01 C4 00000000 01 E4 00000000`)).size).to.equal(2);
  });

  it('reads any part of a larger memory', () => {
    const all = wire(`EE EE 01 'N' 00000001 'v' EE`);
    expect(parseMetadata(all.subarray(2, -1)).get('N')?.toString()).to.equal('v');
  });

  it('round-trips any properties', () => {
    const property = fc.tuple(
      fc.stringMatching(/^[A-Za-z0-9\-_.+]{1,40}$/),
      fc.uint8Array({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(property, { selector: ([name]) => name.toLowerCase(), maxLength: 20 }),
        (properties) => {
          const read = [...parseMetadata(encodeMetadata(properties))];
          expect(read).to.deep.equal(
            properties.map(([name, value]) => [name, Buffer.from(value)] as const),
          );
        },
      ),
    );
  });

  it('never throws anything but ProtocolError', () => {
    const valid = encodeMetadata([
      ['Socket-Type', 'ROUTER'],
      ['Identity', 'abc'],
    ]);
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: valid.length - 1 }), fc.nat({ max: 255 })), { maxLength: 3 })
      .map((changes) => {
        const bytes = Buffer.from(valid);
        for (const [at, octet] of changes) bytes[at] = octet;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          parseMetadata(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(ProtocolError);
        }
      }),
    );
  });
});
