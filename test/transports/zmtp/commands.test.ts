import { expect } from 'chai';
import fc from 'fast-check';
import {
  PING_CONTEXT_MAX,
  encodeCancel,
  encodeCommandFrame,
  encodeError,
  encodeJoin,
  encodeLeave,
  encodePing,
  encodePong,
  encodeSubscribe,
  parseCommand,
  parseTrafficCommand,
} from '../../../src/transports/zmtp/commands.js';
import { ProtocolError, printable } from '../../../src/transports/zmtp/protocol-error.js';
import { refusal, wire } from './wire.js';

/** The body of a frame made by an encoder, by its own header. */
function bodyOf(frame: Buffer): Buffer {
  const long = ((frame[0] ?? 0) & 2) !== 0;
  const size = long ? Number(frame.readBigUInt64BE(1)) : frame.readUInt8(1);
  const body = frame.subarray(long ? 9 : 2);
  expect(body).to.have.lengthOf(size);
  return body;
}

describe('zmtp commands', () => {
  it('frames name and data', () => {
    expect(encodeCommandFrame('READY', wire('AA BB'))).to.deep.equal(
      wire(`04 08 05 'READY' AA BB`),
    );
  });

  it('has a short header up to 255 octets of body, a long one from 256', () => {
    const short = encodeCommandFrame('X', Buffer.alloc(253, 7));
    expect(short.subarray(0, 4)).to.deep.equal(wire(`04 FF 01 'X'`));
    expect(short).to.have.lengthOf(2 + 255);
    const long = encodeCommandFrame('X', Buffer.alloc(254, 7));
    expect(long.subarray(0, 11)).to.deep.equal(wire(`06 00 00 00 00 00 00 01 00 01 'X'`));
    expect(long).to.have.lengthOf(9 + 256);
  });

  it('takes names of 1 to 255 octets', () => {
    const name = 'N'.repeat(255);
    expect(parseCommand(bodyOf(encodeCommandFrame(name, wire('01'))))).to.deep.equal({
      name,
      data: wire('01'),
    });
    expect(() => encodeCommandFrame('', wire('01'))).to.throw(RangeError);
    expect(() => encodeCommandFrame('N'.repeat(256), wire('01'))).to.throw(RangeError);
  });

  it('refuses an empty body, an empty name and a name that is cut off', () => {
    for (const body of ['', '00', `00 'PING'`, '01', `05 'READ'`, `FF 'PING'`]) {
      refusal('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', () => parseCommand(wire(body)));
    }
  });

  it('round-trips any name and data', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z]{1,255}$/),
        fc.uint8Array({ maxLength: 600 }),
        (name, data) => {
          const command = parseCommand(bodyOf(encodeCommandFrame(name, data)));
          expect(command.name).to.equal(name);
          expect(Buffer.from(command.data)).to.deep.equal(Buffer.from(data));
        },
      ),
    );
  });

  describe('PING and PONG', () => {
    it('has the TTL in tenths of a second, 16 bits, before the context', () => {
      expect(encodePing(0x0102, wire(`'ctx'`))).to.deep.equal(wire(`04 0A 04 'PING' 01 02 'ctx'`));
      expect(encodePing(0)).to.deep.equal(wire(`04 07 04 'PING' 00 00`));
      expect(encodePong(wire(`'ctx'`))).to.deep.equal(wire(`04 08 04 'PONG' 'ctx'`));
    });

    it('keeps its body within 7 to 23 octets', () => {
      expect(bodyOf(encodePing(1))).to.have.lengthOf(7);
      expect(bodyOf(encodePing(1, Buffer.alloc(16)))).to.have.lengthOf(23);
      expect(bodyOf(encodePing(1, Buffer.alloc(17)))).to.have.lengthOf(23);
    });

    it('refuses a PING without a whole TTL', () => {
      for (const body of [`04 'PING'`, `04 'PING' 00`]) {
        refusal('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', () => parseTrafficCommand(wire(body)));
      }
    });

    it('cuts a context of 20 octets to 16, as libzmq does', () => {
      const context = Buffer.from('0123456789abcdefWXYZ');
      const ping = parseTrafficCommand(Buffer.concat([wire(`04 'PING' FF FE`), context]));
      if (ping.kind !== 'ping') throw new Error(`not a PING: ${ping.kind}`);
      expect(ping.ttlTenths).to.equal(0xfffe);
      expect(Buffer.from(ping.context).toString()).to.equal('0123456789abcdef');
      expect(encodePong(context)).to.deep.equal(wire(`04 15 04 'PONG' '0123456789abcdef'`));
      const pong = parseTrafficCommand(Buffer.concat([wire(`04 'PONG'`), context]));
      if (pong.kind !== 'pong') throw new Error(`not a PONG: ${pong.kind}`);
      expect(pong.context).to.have.lengthOf(PING_CONTEXT_MAX);
    });

    it('refuses to send a TTL that is no 16-bit number', () => {
      expect(bodyOf(encodePing(65535)).subarray(5)).to.deep.equal(wire('FF FF'));
      for (const ttl of [-1, 65536, 0.5, NaN]) {
        expect(() => encodePing(ttl), String(ttl)).to.throw(RangeError);
      }
    });
  });

  describe('ERROR', () => {
    it('has a reason with its size', () => {
      expect(encodeError('400')).to.deep.equal(wire(`04 0A 05 'ERROR' 03 '400'`));
      expect(encodeError('')).to.deep.equal(wire(`04 07 05 'ERROR' 00`));
      const longest = 'r'.repeat(255);
      expect(parseTrafficCommand(bodyOf(encodeError(longest)))).to.deep.equal({
        kind: 'error',
        reason: longest,
      });
    });

    it('refuses a reason that is missing or cut off, and lets octets behind it pass', () => {
      for (const body of [`05 'ERROR'`, `05 'ERROR' 01`, `05 'ERROR' 04 '400'`]) {
        refusal('ERR_ZMTP_MALFORMED_COMMAND_ERROR', () => parseTrafficCommand(wire(body)));
      }
      expect(parseTrafficCommand(wire(`05 'ERROR' 03 '400' 00 FF`))).to.deep.equal({
        kind: 'error',
        reason: '400',
      });
    });

    it('refuses to send what is not printable or too long', () => {
      for (const reason of ['a\nb', 'é', 'r'.repeat(256)]) {
        expect(() => encodeError(reason)).to.throw(RangeError);
      }
    });

    it('can be shown in a log line whatever the peer wrote', () => {
      expect(printable('ok\n\x1b[31m\x00\xff')).to.equal('ok\\x0a\\x1b[31m\\x00\\xff');
    });
  });

  it('frames SUBSCRIBE and CANCEL, empty topics and long ones included', () => {
    expect(encodeSubscribe(wire(`'AB'`))).to.deep.equal(wire(`04 0C 09 'SUBSCRIBE' 'AB'`));
    expect(encodeCancel(wire(`'AB'`))).to.deep.equal(wire(`04 09 06 'CANCEL' 'AB'`));
    expect(encodeSubscribe(Buffer.alloc(0))).to.deep.equal(wire(`04 0A 09 'SUBSCRIBE'`));
    const topic = Buffer.alloc(255, 'T');
    expect(parseTrafficCommand(bodyOf(encodeSubscribe(topic)))).to.deep.equal({
      kind: 'subscribe',
      topic,
    });
    expect(parseTrafficCommand(bodyOf(encodeCancel(topic)))).to.deep.equal({
      kind: 'cancel',
      topic,
    });
  });

  it('frames JOIN and LEAVE, empty groups and long ones included', () => {
    expect(encodeJoin(wire(`'AB'`))).to.deep.equal(wire(`04 07 04 'JOIN' 'AB'`));
    expect(encodeLeave(wire(`'AB'`))).to.deep.equal(wire(`04 08 05 'LEAVE' 'AB'`));
    expect(encodeJoin(Buffer.alloc(0))).to.deep.equal(wire(`04 05 04 'JOIN'`));
    const group = Buffer.alloc(255, 'G');
    expect(parseTrafficCommand(bodyOf(encodeJoin(group)))).to.deep.equal({ kind: 'join', group });
    expect(parseTrafficCommand(bodyOf(encodeLeave(group)))).to.deep.equal({ kind: 'leave', group });
  });

  it('gives unknown commands by name, for the caller to ignore; names are case-sensitive', () => {
    expect(parseTrafficCommand(wire(`03 'FOO' 01`))).to.deep.equal({
      kind: 'unknown',
      name: 'FOO',
    });
    expect(parseTrafficCommand(wire(`04 'ping'`))).to.deep.equal({ kind: 'unknown', name: 'ping' });
  });

  it('never throws anything but ProtocolError', () => {
    const known = fc
      .tuple(
        fc.constantFrom('PING', 'PONG', 'ERROR', 'SUBSCRIBE', 'CANCEL', 'JOIN', 'READY'),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([name, data]) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), data]));
    fc.assert(
      fc.property(fc.oneof(known, fc.uint8Array({ maxLength: 300 })), (body) => {
        try {
          parseTrafficCommand(body);
        } catch (error) {
          expect(error).to.be.instanceOf(ProtocolError);
        }
      }),
    );
  });
});
