import { expect } from 'chai';
import fc from 'fast-check';
import { ARENA_BYTES_MIN } from '../../src/runtime/base/limits.js';
import { Arena } from '../../src/runtime/memory/arena.js';
import { copyIn, copyOut } from '../../src/runtime/memory/copy.js';

const ROOM = 4096;
const AT = 8192;

/** Lengths on both sides of every limit, in whatever place of their words on either side. */
const cases = fc.record({
  length: fc.oneof(fc.nat(80), fc.nat(2100)),
  from: fc.nat(9),
  to: fc.nat(9),
});

function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => 1 + (n % 251));
}

// Node 20 copies long bodies in another way than later versions do; both run where all of them are tested.
describe('Copies of the arena', () => {
  const arena = Arena.reserve(ARENA_BYTES_MIN);

  it('put any bytes anywhere, and touch nothing else', () => {
    fc.assert(
      fc.property(cases, ({ length, from, to }) => {
        arena.bytes.fill(0, AT, AT + ROOM);
        const source = numbered(from + length + 5);
        copyIn(arena, AT + to, source, from, length);
        const expected = new Uint8Array(ROOM);
        expected.set(source.subarray(from, from + length), to);
        expect(Buffer.compare(arena.bytes.slice(AT, AT + ROOM), expected)).to.equal(0);
      }),
    );
  });

  for (const [kind, make] of [
    ['a Buffer', (length: number) => Buffer.alloc(length)],
    ['any other bytes', (length: number) => new Uint8Array(length)],
  ] as const)
    it(`take any bytes from anywhere into ${kind}, and touch nothing else`, () => {
      fc.assert(
        fc.property(cases, ({ length, from, to }) => {
          const source = numbered(ROOM);
          arena.bytes.set(source, AT);
          const target = make(to + length + 5);
          copyOut(arena, AT + from, target, to, length);
          const expected = new Uint8Array(target.length);
          expected.set(source.subarray(from, from + length), to);
          expect(Buffer.compare(target, expected)).to.equal(0);
        }),
      );
    });
});
