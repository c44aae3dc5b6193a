import { expect } from 'chai';
import fc from 'fast-check';
import type { Mechanism } from '../../../src/transports/mechanisms/mechanism.js';
import { NullMechanism } from '../../../src/transports/mechanisms/null.js';
import { encodeCommandFrame, encodeError } from '../../../src/transports/zmtp/commands.js';
import { encodeGreeting } from '../../../src/transports/zmtp/greeting.js';
import { HANDSHAKE_BUDGET, Handshake } from '../../../src/transports/zmtp/handshake.js';
import { encodeMetadata } from '../../../src/transports/zmtp/metadata.js';
import {
  DEALER_READY,
  LIBZMQ_GREETING,
  everyByte,
  nullHandshake,
  refusal,
  run,
  wire,
} from './wire.js';

const STREAM = Buffer.concat([LIBZMQ_GREETING, DEALER_READY]);
const OUR_READY = wire(
  `04 29 05 'READY' 0B 'Socket-Type' 00000006 'DEALER' 08 'Identity' 00000000`,
);

/** A stream of a greeting and these frames. */
function after(...frames: Buffer[]): Buffer {
  return Buffer.concat([LIBZMQ_GREETING, ...frames]);
}

/** Requires that a stream is refused, in the same way whole and byte by byte. */
function refused(stream: Buffer, budget?: number): { code: string; fatal: boolean } {
  const whole = run(stream, [], budget).refused;
  expect(run(stream, everyByte(stream), budget).refused).to.deep.equal(whole);
  if (whole === undefined) throw new Error('accepted');
  return { code: whole.code, fatal: whole.fatal };
}

describe('zmtp handshake', () => {
  it('opens with the greeting', () => {
    expect(nullHandshake().start()).to.deep.equal(LIBZMQ_GREETING);
  });

  it('answers the greeting with READY, without waiting for the peer’s', () => {
    const step = nullHandshake().feed(LIBZMQ_GREETING, LIBZMQ_GREETING.length);
    expect(step).to.deep.equal({ consumed: 64, output: [OUR_READY] });
  });

  it('ends with what libzmq’s DEALER says of itself', () => {
    const { done, output, consumed } = run(STREAM, []);
    expect(consumed).to.equal(STREAM.length);
    expect(output).to.equal(OUR_READY.toString('hex'));
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
        const whole = run(bytes, [], 150);
        expect(run(bytes, cuts, 150)).to.deep.equal(whole);
        expect(run(bytes, everyByte(bytes), 150)).to.deep.equal(whole);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts a READY without Socket-Type, and one of ZMTP 3.0 and 4.7', () => {
    expect(run(after(wire(`04 06 05 'READY'`)), []).done?.metadata.size).to.equal(0);
    for (const [major, minor] of [
      [3, 0],
      [4, 7],
    ] as const) {
      const stream = Buffer.from(STREAM);
      stream[10] = major;
      stream[11] = minor;
      expect(run(stream, []).done?.version).to.deep.equal({ major, minor });
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
      const error = refusal('ERR_ZMTP_PEER_ERROR', () =>
        nullHandshake().feed(stream, stream.length),
      );
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
      ended.feed(STREAM, STREAM.length);
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
      expect(run(STREAM, [], STREAM.length).done).not.to.equal(undefined);
      expect(refused(STREAM, STREAM.length - 1).code).to.equal('ERR_ZMTP_HANDSHAKE_TOO_LARGE');
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
      expect(() => nullHandshake(63)).to.throw(RangeError);
      expect(run(LIBZMQ_GREETING, [], 64).consumed).to.equal(64);
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
      const handshake = new Handshake({ mechanism: endless, budget: 64 + 3 * 10 });
      const frame = encodeCommandFrame('X', Buffer.alloc(6));
      expect(frame).to.have.lengthOf(10);
      expect(handshake.feed(LIBZMQ_GREETING, 64)).to.deep.equal({ consumed: 64 });
      for (let round = 0; round < 3; round++) {
        expect(handshake.feed(frame, 10)).to.deep.equal({ consumed: 10 });
      }
      refusal('ERR_ZMTP_HANDSHAKE_TOO_LARGE', () => handshake.feed(frame, 2));
    });
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
