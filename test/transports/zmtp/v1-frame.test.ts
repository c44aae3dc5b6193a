import { expect } from 'chai';
import fc from 'fast-check';
import { V1Decoder } from '../../../src/transports/zmtp/v1-decoder.js';
import { V1Encoder } from '../../../src/transports/zmtp/v1-encoder.js';
import { v1FrameLength, v1Header, V1FrameHeader } from '../../../src/transports/zmtp/v1-frame.js';
import { body } from '../../support/bodies.js';
import { longLength, v1Frame } from '../../support/older-peer.js';
import { cut, portions } from '../../support/portions.js';
import { frame, MORE } from '../../support/wire-peer.js';
import { refusal, wire } from './wire.js';

/** Either side of where a header becomes long, here and in ZMTP 3, and of what is copied. */
const sizes = fc.oneof(fc.nat(3), fc.integer({ min: 252, max: 257 }), fc.nat(9000));
const frames = fc.array(fc.tuple(sizes, fc.constantFrom(0, MORE)), { maxLength: 8 });

type Frames = readonly (readonly [size: number, flags: number])[];

function inV1(all: Frames): Buffer {
  return Buffer.concat(all.map(([size, flags], i) => v1Frame(body(size, i), flags)));
}

function inV3(all: Frames): Buffer {
  return Buffer.concat(all.map(([size, flags], i) => frame(body(size, i), flags)));
}

/** The stream in portions of these sizes. */
function cutUp(stream: Buffer, portion: readonly number[]): Buffer[] {
  return [...cut(stream.length, portion)].map(([start, end]) => stream.subarray(start, end));
}

describe('The header of a frame of ZMTP 1.0', () => {
  it('is as RFC 13 draws it', () => {
    for (const [length, header] of [
      [0, '01 00'],
      [1, '02 00'],
      [253, 'FE 00'],
      [254, 'FF 00000000000000FF 00'],
      [255, 'FF 0000000000000100 00'],
      [65535, 'FF 0000000000010000 00'],
      [2 ** 32, 'FF 0000000100000001 00'],
    ] as const) {
      expect(v1Header(0, length), header).to.deep.equal(wire(header));
      expect(v1Header(MORE, length).at(-1)).to.equal(MORE);
      expect(v1FrameLength(length)).to.equal(wire(header).length + length);
    }
  });

  it('is read as it is written, in whatever portions it comes, and so is the next', () => {
    const lengths = fc.oneof(
      fc.nat(300),
      fc.maxSafeNat().map((length) => Math.max(length - 1, 0)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(lengths, fc.constantFrom(0, MORE)), { minLength: 1, maxLength: 5 }),
        portions(12),
        (headers, sizes) => {
          const stream = Buffer.concat(headers.map(([length, flags]) => v1Header(flags, length)));
          const header = new V1FrameHeader();
          const left = [...headers];
          for (const [start, end] of cut(stream.length, sizes)) {
            for (let at = start; at < end;) {
              at += header.take(stream, at, end);
              if (!header.complete) continue;
              expect([header.length, header.flags]).to.deep.equal(left.shift());
              header.reset();
            }
          }
          expect(left).to.deep.equal([]);
        },
      ),
    );
  });

  it('says nothing but MORE, whatever else is set', () => {
    for (let flags = 0; flags < 256; flags++) {
      const header = new V1FrameHeader();
      header.take(Buffer.of(1, flags), 0, 2);
      expect(header.flags).to.equal(flags & MORE);
    }
  });

  it('may be long for a short body', () => {
    const header = new V1FrameHeader();
    const bytes = Buffer.concat([longLength(6n), Buffer.of(MORE)]);
    expect(header.take(bytes, 0, bytes.length)).to.equal(10);
    expect([header.complete, header.length, header.flags]).to.deep.equal([true, 5, MORE]);
  });

  it('is refused without room for the flags, and where no number is exact', () => {
    for (const bytes of [
      Buffer.of(0, 0),
      ...[0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n].map((length) =>
        Buffer.concat([longLength(length), Buffer.of(0)]),
      ),
    ]) {
      refusal('ERR_ZMTP_UNSPECIFIED', () => new V1FrameHeader().take(bytes, 0, bytes.length));
    }
  });
});

describe('Frames of ZMTP 1.0', () => {
  it('are translated into those of ZMTP 3, in whatever portions they come', () => {
    fc.assert(
      fc.property(frames, portions(3000), (all, portion) => {
        const decoder = new V1Decoder();
        const decoded = cutUp(inV1(all), portion).map((bytes) => decoder.decode(bytes));
        expect(Buffer.concat(decoded).equals(inV3(all))).to.equal(true);
      }),
    );
  });

  it('are translated as far as they have come: a header as soon as it is there, and then each byte', () => {
    const decoder = new V1Decoder();
    const stream = inV1([
      [2, MORE],
      [300, 0],
    ]);
    const given: number[] = [];
    for (const byte of stream) given.push(decoder.decode(Buffer.of(byte)).length);
    const times = (count: number, length: number): number[] => Array<number>(count).fill(length);
    expect(given).to.deep.equal([0, 2, 1, 1, ...times(9, 0), 9, ...times(300, 1)]);
  });

  it('with a long header for a short body are translated into short ones', () => {
    const stream = Buffer.concat([longLength(3n), Buffer.of(0x7f), Buffer.from('ab')]);
    expect(new V1Decoder().decode(stream)).to.deep.equal(frame('ab', MORE));
  });

  it('are what frames of ZMTP 3 are translated into, in whatever pieces, and writes, they come', () => {
    fc.assert(
      fc.property(frames, portions(9000), portions(5), (all, portion, writes) => {
        const encoder = new V1Encoder();
        const pieces = cutUp(inV3(all), portion);
        const encoded: Uint8Array[] = [];
        for (const [start, end] of cut(pieces.length, writes)) {
          encoded.push(...encoder.encode(pieces.slice(start, end)));
        }
        expect(Buffer.concat(encoded).equals(inV1(all))).to.equal(true);
      }),
    );
  });

  it('are made without a copy of a long body, which stays where it is', () => {
    const long = frame(body(100_000));
    const pieces = new V1Encoder().encode([frame('short', MORE), long]);
    const places = pieces.filter(({ buffer }) => buffer === long.buffer);
    expect(places.map(({ length }) => length)).to.deep.equal([100_000]);
    expect(pieces.length).to.equal(2);
  });

  it('are made of many short ones in few pieces', () => {
    const many = Buffer.concat(Array.from({ length: 10_000 }, (_, i) => frame(`${i}`)));
    expect(new V1Encoder().encode([many])).to.have.lengthOf(1);
  });

  it('are written in one piece at least, though it may be empty, so that the write has an end', () => {
    const encoder = new V1Encoder();
    expect(encoder.encode([Buffer.of(2, 0)]).map(({ length }) => length)).to.deep.equal([0]);
    const rest = frame(body(300)).subarray(2);
    expect(Buffer.concat(encoder.encode([rest]))).to.deep.equal(v1Frame(body(300)));
  });
});
