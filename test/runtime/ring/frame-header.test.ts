import { expect } from 'chai';
import fc from 'fast-check';
import {
  FRAME_LONG,
  FRAME_MORE,
  headerLength,
  isLonger,
  messageLength,
  SHORT_BODY_MAX,
  wireHeader,
} from '../../../src/runtime/ring/frame.js';
import { FrameHeader } from '../../../src/runtime/ring/frame-header.js';
import { cut, portions } from '../../support/portions.js';
import { frame } from '../../support/wire-peer.js';

const flagBits = fc.nat(255).map((bits) => bits & ~FRAME_LONG);

interface Written {
  readonly bytes: Buffer;
  readonly flags: number;
  readonly length: bigint;
}

const short = fc.tuple(flagBits, fc.nat(SHORT_BODY_MAX)).map(([flags, length]): Written => ({
  bytes: Buffer.from([flags, length]),
  flags,
  length: BigInt(length),
}));

/** Also of lengths that need no long one. */
const long = fc
  .tuple(
    flagBits,
    fc.oneof(fc.bigInt(0n, 70_000n), fc.bigInt(2n ** 31n, 2n ** 33n), fc.bigInt(0n, 2n ** 63n)),
  )
  .map(([bits, length]): Written => {
    const bytes = Buffer.alloc(9);
    const flags = bits | FRAME_LONG;
    bytes[0] = flags;
    bytes.writeBigUInt64BE(length, 1);
    return { bytes, flags, length };
  });

/** Characters of 1, 2, 3 and 4 bytes, and halves of the last, which are sent as one of 3. */
const text = fc.string({
  unit: fc.constantFrom('a', 'ä', '€', '😀', '\ud83d', '\ude00'),
  maxLength: 300,
});
const body = fc.oneof(text, fc.uint8Array({ maxLength: 600 }));

describe('The header of a frame', () => {
  it('is read as it is, in whatever portions it comes, and so is the next', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(short, long), { minLength: 1, maxLength: 5 }),
        portions(12),
        (headers, sizes) => {
          const stream = Buffer.concat(headers.map(({ bytes }) => bytes));
          const header = new FrameHeader();
          const left = [...headers];
          for (const [start, end] of cut(stream.length, sizes)) {
            let at = start;
            while (at < end) {
              at += header.take(stream, at, end);
              if (!header.complete) {
                expect(at).to.equal(end);
                continue;
              }
              const { flags, length } = left.shift()!;
              expect([header.flags, header.length]).to.deep.equal([flags, Number(length)]);
              header.reset();
            }
          }
          expect(left).to.deep.equal([]);
        },
      ),
    );
  });

  it('takes nothing of what follows it', () => {
    fc.assert(
      fc.property(fc.oneof(short, long), fc.uint8Array(), ({ bytes }, rest) => {
        const header = new FrameHeader();
        const source = Buffer.concat([bytes, rest]);
        expect(header.take(source, 0, source.length)).to.equal(bytes.length);
        expect(header.take(source, bytes.length, source.length)).to.equal(0);
      }),
    );
  });

  it('is written as it is read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, FRAME_MORE),
        fc.oneof(fc.nat(300), fc.maxSafeNat()),
        (flags, length) => {
          const bytes = wireHeader(flags, length);
          const header = new FrameHeader();
          expect(header.take(bytes, 0, bytes.length)).to.equal(bytes.length);
          expect(header.complete).to.equal(true);
          expect([header.flags & ~FRAME_LONG, header.length]).to.deep.equal([flags, length]);
          expect(bytes.length).to.equal(headerLength(length));
        },
      ),
    );
  });
});

describe('The length of a message', () => {
  it('is that of its frames on a wire', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), (bodies) => {
        const wire = Buffer.concat(bodies.map((part) => frame(part)));
        expect(messageLength(bodies)).to.equal(wire.length);
      }),
    );
  });

  it('is found to be more than a limit exactly if it is', () => {
    fc.assert(
      fc.property(
        fc.array(body, { maxLength: 5 }),
        fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3000, max: 3000 })),
        (bodies, more) => {
          const length = messageLength(bodies);
          expect(isLonger(bodies, length + more)).to.equal(more < 0);
        },
      ),
    );
  });
});
