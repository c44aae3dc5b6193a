import { expect } from 'chai';
import fc from 'fast-check';
import type { Mechanism } from '../../../src/transports/mechanisms/mechanism.js';
import { NullMechanism } from '../../../src/transports/mechanisms/null.js';
import { encodeCommandFrame, encodeError } from '../../../src/transports/zmtp/commands.js';
import { encodeGreeting, GREETING_SIZE } from '../../../src/transports/zmtp/greeting.js';
import { HANDSHAKE_BUDGET, type HandshakeOptions } from '../../../src/transports/zmtp/handshake.js';
import { encodeMetadata } from '../../../src/transports/zmtp/metadata.js';
import {
  DEALER_READY,
  LIBZMQ_GREETING,
  everyByte,
  nullHandshake,
  refusal,
  run,
  settle,
  wire,
} from './wire.js';

const STREAM = Buffer.concat([LIBZMQ_GREETING, DEALER_READY]);
const OUR_READY = wire(
  `04 29 05 'READY' 0B 'Socket-Type' 00000006 'DEALER' 08 'Identity' 00000000`,
);

/** What we say behind our signature when the peer's greeting has come. */
const REST = LIBZMQ_GREETING.subarray(10).toString('hex');

/** A stream of a greeting and these frames. */
function after(...frames: Buffer[]): Buffer {
  return Buffer.concat([LIBZMQ_GREETING, ...frames]);
}

/** Requires that a stream is refused, in the same way whole and byte by byte. */
function refused(
  stream: Buffer,
  options: Partial<HandshakeOptions> = {},
): { code: string; fatal: boolean } {
  const whole = run(stream, [], options).refused;
  expect(run(stream, everyByte(stream), options).refused).to.deep.equal(whole);
  if (whole === undefined) throw new Error('accepted');
  return { code: whole.code, fatal: whole.fatal };
}

describe('zmtp handshake', () => {
  it('opens with the signature alone, which has the length of our routing id', () => {
    expect(nullHandshake().start()).to.deep.equal(wire('FF 00 00 00 00 00 00 00 01 7F'));
    const routingId = Buffer.alloc(255);
    const longest = nullHandshake({ routingId });
    expect(longest.start()).to.deep.equal(wire('FF 00 00 00 00 00 00 01 00 7F'));
  });

  it('goes on as far as the peer’s greeting has come, octet for octet as libzmq', () => {
    const handshake = nullHandshake();
    for (let length = 0; length < GREETING_SIZE; length++) {
      const { consumed, output } = handshake.feed(LIBZMQ_GREETING, length);
      expect(consumed).to.equal(0);
      if (length === 10) expect(output).to.deep.equal([wire('03')]);
      else if (length === 11) expect(output).to.deep.equal([LIBZMQ_GREETING.subarray(11)]);
      else expect(output, String(length)).to.equal(undefined);
    }
  });

  it('answers the greeting with READY, without waiting for the peer’s', () => {
    const handshake = nullHandshake();
    expect(settle(handshake, LIBZMQ_GREETING.subarray(0, 63)).consumed).to.equal(0);
    const step = handshake.feed(LIBZMQ_GREETING, GREETING_SIZE);
    expect(step).to.deep.equal({ consumed: GREETING_SIZE, output: [OUR_READY] });
  });

  it('says its greeting before it refuses the peer’s, so that the peer can, too', () => {
    const handshake = nullHandshake();
    const plain = encodeGreeting('PLAIN');
    const said = [handshake.feed(plain, plain.length), handshake.feed(plain, plain.length)];
    expect(Buffer.concat(said.flatMap(({ output }) => output!)).toString('hex')).to.equal(REST);
    refusal('ERR_ZMTP_MECHANISM_MISMATCH', () => handshake.feed(plain, plain.length));
  });

  it('ends with what libzmq’s DEALER says of itself', () => {
    const { done, output, consumed } = run(STREAM, []);
    expect(consumed).to.equal(STREAM.length);
    expect(output).to.equal(REST + OUR_READY.toString('hex'));
    expect(done?.version).to.deep.equal({ major: 3, minor: 1 });
    expect(done?.mechanism).to.equal('NULL');
    expect([...(done?.metadata ?? [])]).to.deep.equal([
      ['Socket-Type', Buffer.from('DEALER')],
      ['Identity', Buffer.from('me')],
    ]);
  });

  it('leaves the messages behind READY to others', () => {
    const message = wire(`01 00 00 05 'Hello'`);
    const outcome = run(Buffer.concat([STREAM, message]), []);
    expect(outcome).to.deep.equal(run(STREAM, []));
    const huge = Buffer.concat([STREAM, Buffer.alloc(3 * HANDSHAKE_BUDGET)]);
    expect(run(huge, []), 'they do not count against the budget').to.deep.equal(outcome);
  });

  it('gives the same in any two chunks, and byte by byte', () => {
    const whole = run(STREAM, []);
    expect(whole.done).not.to.equal(undefined);
    for (let cut = 0; cut <= STREAM.length; cut++) {
      expect(run(STREAM, [cut]), String(cut)).to.deep.equal(whole);
    }
    expect(run(STREAM, everyByte(STREAM))).to.deep.equal(whole);
  });

  it('gives the same in any chunks for any stream, and throws nothing but ProtocolError', () => {
    const noise = fc.uint8Array({ maxLength: 80 });
    const frame = fc.oneof(
      fc.constantFrom(
        DEALER_READY,
        encodeError('no'),
        wire('04 00'),
        wire('00 00'),
        wire('04 01 00'),
      ),
      noise.map((data) => encodeCommandFrame('READY', data)),
      noise.map((data) => Buffer.from(data)),
    );
    const stream = fc
      .tuple(fc.constantFrom(64, 64, 64, 63, 12, 0), fc.array(frame, { maxLength: 3 }))
      .map(([kept, frames]) => Buffer.concat([LIBZMQ_GREETING.subarray(0, kept), ...frames]));
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: STREAM.length - 1 }), fc.nat({ max: 255 })), { maxLength: 3 })
      .map((changes) => {
        const bytes = Buffer.from(STREAM);
        for (const [at, octet] of changes) bytes[at] = octet;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(stream, mutated), fc.array(fc.nat({ max: 300 })), (bytes, anywhere) => {
        const cuts = anywhere.filter((cut) => cut <= bytes.length).sort((a, b) => a - b);
        const whole = run(bytes, [], { budget: 150 });
        expect(run(bytes, cuts, { budget: 150 })).to.deep.equal(whole);
        expect(run(bytes, everyByte(bytes), { budget: 150 })).to.deep.equal(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts a READY without Socket-Type', () => {
    expect(run(after(wire(`04 06 05 'READY'`)), []).done?.metadata.size).to.equal(0);
  });

  it('agrees with 3.0 on 3.0, and with any other version from there on, and what may be before it, on 3.1', () => {
    for (const [major, minor, agreed] of [
      [3, 0, 0],
      [3, 1, 1],
      [3, 2, 1],
      [4, 0, 1],
      [255, 255, 1],
      // Nobody has released one; libzmq takes it for a later one.
      [2, 0, 1],
    ] as const) {
      const stream = Buffer.from(STREAM);
      stream[10] = major;
      stream[11] = minor;
      expect(run(stream, []).done?.version).to.deep.equal({ major: 3, minor: agreed });
    }
  });

  it('ignores as-server, MORE and the reserved flag bits, and takes a long header for a short body', () => {
    const expected = run(STREAM, []);
    const asServer = Buffer.from(STREAM);
    asServer[32] = 1;
    expect(run(asServer, [])).to.deep.equal(expected);
    for (const flags of [0x05, 0x84, 0xfd]) {
      const stream = Buffer.from(STREAM);
      stream[64] = flags;
      expect(run(stream, []), String(flags)).to.deep.equal(expected);
    }
    const long = after(wire('06 00 00 00 00 00 00 00 2B'), DEALER_READY.subarray(2));
    expect(run(long, []).done).to.deep.equal(expected.done);
    expect(run(long, everyByte(long)).done).to.deep.equal(expected.done);
  });

  describe('refuses', () => {
    it('another mechanism, for good', () => {
      for (const name of ['PLAIN', 'CURVE', 'NULLX', 'NUL']) {
        expect(refused(encodeGreeting(name))).to.deep.equal({
          code: 'ERR_ZMTP_MECHANISM_MISMATCH',
          fatal: true,
        });
      }
    });

    it('ERROR, for good, and tells its reason', () => {
      const stream = after(encodeError('400'));
      expect(refused(stream)).to.deep.equal({ code: 'ERR_ZMTP_PEER_ERROR', fatal: true });
      const error = refusal('ERR_ZMTP_PEER_ERROR', () => settle(nullHandshake(), stream));
      expect(error.peerReason).to.equal('400');
    });

    it('a malformed ERROR', () => {
      expect(refused(after(wire(`04 07 05 'ERROR' 05`)))).to.deep.equal({
        code: 'ERR_ZMTP_MALFORMED_COMMAND_ERROR',
        fatal: false,
      });
    });

    it('a message before READY, at its first octet', () => {
      for (const flags of ['00', '01', '02', '03']) {
        expect(refused(after(wire(flags)))).to.deep.equal({
          code: 'ERR_ZMTP_UNEXPECTED_COMMAND',
          fatal: false,
        });
      }
    });

    it('other commands before READY', () => {
      for (const name of ['PING', 'SUBSCRIBE', 'HELLO', 'ready', 'READYX']) {
        const stream = after(encodeCommandFrame(name, wire('00 00')));
        expect(refused(stream).code).to.equal('ERR_ZMTP_UNEXPECTED_COMMAND');
      }
    });

    it('malformed commands and metadata', () => {
      expect(refused(after(wire('04 00'))).code).to.equal('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED');
      expect(refused(after(wire(`04 05 05 'READ'`))).code).to.equal(
        'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
      );
      const stream = after(encodeCommandFrame('READY', wire(`01 'N' 00000009 'x'`)));
      expect(refused(stream)).to.deep.equal({ code: 'ERR_ZMTP_INVALID_METADATA', fatal: false });
    });

    it('HTTP', () => {
      expect(refused(Buffer.from('GET / HTTP/1.1\r\n\r\n')).code).to.equal(
        'ERR_ZMTP_INVALID_GREETING',
      );
    });

    it('any use after it ended or failed, as a mistake of ours', () => {
      const ended = nullHandshake();
      settle(ended, STREAM);
      expect(() => ended.feed(STREAM, 0)).to.throw(Error, 'done');
      const failed = nullHandshake();
      refusal('ERR_ZMTP_INVALID_GREETING', () => failed.feed(wire('00'), 1));
      expect(() => failed.feed(STREAM, STREAM.length)).to.throw(Error, 'failed');
    });
  });

  describe('keeps within its budget', () => {
    /** A greeting and a READY of exactly `size` bytes together. */
    function streamOf(size: number): Buffer {
      const overhead = 64 + 9 + 6 + 1 + 1 + 4; // with a long header
      const stream = after(
        encodeCommandFrame('READY', encodeMetadata([['N', Buffer.alloc(size - overhead)]])),
      );
      expect(stream).to.have.lengthOf(size);
      return stream;
    }

    it('takes a handshake of all its bytes, and refuses one more', () => {
      const full = streamOf(HANDSHAKE_BUDGET);
      expect(run(full, []).done?.metadata.size).to.equal(1);
      expect(run(full, everyByte(full)).done?.metadata.size).to.equal(1);
      expect(refused(streamOf(HANDSHAKE_BUDGET + 1)).code).to.equal('ERR_ZMTP_HANDSHAKE_TOO_LARGE');
    });

    it('does not depend on the length of the header', () => {
      expect(run(STREAM, [], { budget: STREAM.length }).done).not.to.equal(undefined);
      const { code } = refused(STREAM, { budget: STREAM.length - 1 });
      expect(code).to.equal('ERR_ZMTP_HANDSHAKE_TOO_LARGE');
    });

    it('refuses by the header alone, sizes beyond 32 and 53 bits included', () => {
      for (const size of [
        '00 00 00 00 00 00 20 00',
        '00 00 00 00 FF FF FF FF',
        '00 00 00 01 00 00 00 00',
        '00 20 00 00 00 00 00 01',
        'FF FF FF FF FF FF FF FF',
        '80 00 00 00 00 00 00 2B',
      ]) {
        const code = refused(after(wire(`06 ${size}`))).code;
        expect(code, size).to.equal('ERR_ZMTP_HANDSHAKE_TOO_LARGE');
      }
    });

    it('must hold a greeting', () => {
      expect(() => nullHandshake({ budget: 63 })).to.throw(RangeError);
      expect(run(LIBZMQ_GREETING, [], { budget: 64 }).consumed).to.equal(64);
    });

    it('counts the commands of all calls together', () => {
      // A mechanism that never ends stands for one whose peer never ends it.
      const endless: Mechanism = {
        name: 'NULL',
        asServer: false,
        ready: false,
        peerMetadata: undefined,
        start: () => undefined,
        receive: () => undefined,
      };
      const handshake = nullHandshake({ mechanism: endless, budget: 64 + 3 * 10 });
      const frame = encodeCommandFrame('X', Buffer.alloc(6));
      expect(frame).to.have.lengthOf(10);
      expect(settle(handshake, LIBZMQ_GREETING).consumed).to.equal(64);
      for (let round = 0; round < 3; round++) {
        expect(handshake.feed(frame, 10)).to.deep.equal({ consumed: 10 });
      }
      refusal('ERR_ZMTP_HANDSHAKE_TOO_LARGE', () => handshake.feed(frame, 2));
    });
  });
});

describe('zmtp handshake with a peer of ZMTP 2.0 or 1.0', () => {
  const ID = 'r'.repeat(255);
  const ours = { routingId: Buffer.from('us') };

  /** What libzmq 3.2, or a snapshot before it, says; or libzmq 2.2, in whose frames six flags are set that mean nothing. */
  const PEERS: Record<string, { says: Buffer; hears: Buffer; major: number; tells: boolean }> = {
    '2.0': {
      says: wire(`FF 00000000000000 03 7F 01 06 00 02 'me'`),
      hears: wire(`03 05 00 02 'us'`),
      major: 2,
      tells: true,
    },
    '1.0, with a greeting': {
      says: wire(`FF 00000000000000 03 7F 00 06 03 00 'me'`),
      hears: wire(`03 05 03 00 'us'`),
      major: 1,
      tells: true,
    },
    '1.0': { says: wire(`03 7E 'me'`), hears: wire(`'us'`), major: 1, tells: false },
  };

  for (const [name, { says, hears, major, tells }] of Object.entries(PEERS)) {
    describe(name, () => {
      it('ends with its routing id, and its socket type if it has said it', () => {
        const { done, output, consumed } = run(says, [], ours);
        expect(consumed).to.equal(says.length);
        expect(output).to.equal(hears.toString('hex'));
        expect(done).to.deep.include({ mechanism: 'NULL', tellsTopics: tells });
        expect(done?.version).to.deep.equal({ major, minor: 0 });
        expect([...(done?.metadata ?? [])]).to.deep.equal([
          ['Identity', Buffer.from('me')],
          ...(tells ? [['Socket-Type', Buffer.from('ROUTER')]] : []),
        ]);
      });

      it('gives the same in any two chunks, and byte by byte', () => {
        const whole = run(says, [], ours);
        for (let at = 0; at <= says.length; at++) {
          expect(run(says, [at], ours), String(at)).to.deep.equal(whole);
        }
        expect(run(says, everyByte(says), ours)).to.deep.equal(whole);
      });

      it('leaves the messages behind the routing id to others', () => {
        const stream = Buffer.concat([says, wire(`05 00 'Hello'`)]);
        expect(run(stream, [], ours)).to.deep.equal(run(says, [], ours));
      });

      it('keeps the mechanism that we want: a peer that has none is refused, for good', () => {
        const plain: Mechanism = {
          name: 'PLAIN',
          asServer: false,
          ready: false,
          peerMetadata: undefined,
          start: () => undefined,
          receive: () => undefined,
        };
        expect(refused(says, { mechanism: plain })).to.deep.equal({
          code: 'ERR_ZMTP_UNSUPPORTED_VERSION',
          fatal: true,
        });
      });

      it('has socket types that are younger refuse it, for good', () => {
        expect(refused(says, { socketType: 'CLIENT' })).to.deep.equal({
          code: 'ERR_ZMTP_UNSUPPORTED_VERSION',
          fatal: true,
        });
      });
    });
  }

  for (const [name, says] of Object.entries({
    '2.0 with a short header': wire(`FF 0000000000000000 7F 01 06 00 FF '${ID}'`),
    '2.0 with a long one': wire(`FF 0000000000000000 7F 01 06 02 00000000000000FF '${ID}'`),
    '1.0 with a greeting': wire(`FF 0000000000000000 7F 00 06 FF 0000000000000100 00 '${ID}'`),
    '1.0, where it looks like a signature at first': wire(`FF 0000000000000100 7E '${ID}'`),
  })) {
    it(`takes a routing id of 255 octets: ${name}`, () => {
      const whole = run(says, []);
      expect(whole.done?.metadata.get('Identity')?.toString()).to.equal(ID);
      expect(run(says, everyByte(says))).to.deep.equal(whole);
    });
  }

  it('takes a routing id of no octets, and a long header for a short one', () => {
    for (const says of [
      wire('FF 0000000000000001 7F 01 06 00 00'),
      wire('FF 0000000000000001 7F 01 06 02 0000000000000000'),
      wire('FF 0000000000000001 7F 00 06 01 00'),
      wire('FF 0000000000000001 7F 00 06 FF 0000000000000001 00'),
      wire('01 00'),
      wire('FF 0000000000000001 00'),
    ]) {
      const { done, consumed } = run(says, everyByte(says));
      expect(consumed).to.equal(says.length);
      expect(done?.metadata.get('Identity')).to.have.lengthOf(0);
    }
  });

  it('looks at no flag of a routing id', () => {
    for (const flags of ['01', '04', '80', 'FD']) {
      for (const says of [
        wire(`FF 0000000000000003 7F 01 06 ${flags} 02 'me'`),
        wire(`FF 0000000000000003 7F 00 06 03 ${flags} 'me'`),
      ]) {
        expect(run(says, []).done?.metadata.get('Identity')?.toString()).to.equal('me');
      }
    }
  });

  it('refuses a routing id of more than 255 octets by its header alone', () => {
    for (const says of [
      wire('FF 0000000000000001 7F 01 06 02 0000000000000100'),
      wire('FF 0000000000000001 7F 01 06 02 FFFFFFFFFFFFFFFF'),
      wire('FF 0000000000000001 7F 00 06 FF 0000000000000101 00'),
      wire('FF 0000000000000101 00'),
      wire('FF 0010000000000000 00'),
    ]) {
      expect(refused(says)).to.deep.equal({ code: 'ERR_ZMTP_HANDSHAKE_TOO_LARGE', fatal: false });
    }
  });

  it('refuses frames that cannot be', () => {
    for (const says of [
      wire('FF 0000000000000001 7F 00 06 00 00'),
      wire('FF 0000000000000000 00'),
      wire('FF FFFFFFFFFFFFFFFF 00'),
    ]) {
      expect(refused(says)).to.deep.equal({ code: 'ERR_ZMTP_UNSPECIFIED', fatal: false });
    }
  });

  it('says its own socket type by libzmq’s numbers', () => {
    const says = wire('FF 0000000000000001 7F 01 06');
    const types = 'PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB'.split(' ');
    for (const [octet, socketType] of types.entries()) {
      const { output } = settle(nullHandshake({ socketType }), says);
      expect(Buffer.concat(output!)).to.deep.equal(Buffer.of(3, octet, 0, 0));
    }
  });

  it('gives a number that is no socket type a name that no socket has', () => {
    const says = wire('FF 0000000000000001 7F 01 2A 00 00');
    expect(run(says, []).done?.metadata.get('Socket-Type')?.toString()).to.equal('#42');
  });
});

describe('NULL mechanism', () => {
  it('sends the properties it was given, in their order', () => {
    const mechanism = new NullMechanism([
      ['Socket-Type', 'DEALER'],
      ['Identity', 'me'],
    ]);
    expect(mechanism.start()).to.deep.equal(DEALER_READY);
    expect(new NullMechanism([['Socket-Type', 'PUSH']]).start()).to.deep.equal(
      wire(`04 1A 05 'READY' 0B 'Socket-Type' 00000004 'PUSH'`),
    );
  });

  it('is ready with the peer’s READY, and takes no second one', () => {
    const mechanism = new NullMechanism([]);
    expect(mechanism.ready).to.equal(false);
    expect(mechanism.peerMetadata).to.equal(undefined);
    mechanism.receive(DEALER_READY.subarray(2));
    expect(mechanism.ready).to.equal(true);
    expect(mechanism.peerMetadata?.get('Identity')?.toString()).to.equal('me');
    refusal('ERR_ZMTP_UNEXPECTED_COMMAND', () => mechanism.receive(DEALER_READY.subarray(2)));
  });

  it('is not ready after a malformed READY', () => {
    const mechanism = new NullMechanism([]);
    refusal('ERR_ZMTP_INVALID_METADATA', () => mechanism.receive(wire(`05 'READY' 01`)));
    expect(mechanism.ready).to.equal(false);
  });
});
