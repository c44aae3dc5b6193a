import { serialize } from 'node:v8';
import { expect } from 'chai';
import { cloneCodec } from '../../src/patterns/actor/clone-codec.js';

function there(value: unknown): unknown {
  return cloneCodec.decode(Buffer.from(cloneCodec.encode(value)));
}

class OwnBytes extends Uint8Array {}

describe('A value in an actor’s message', () => {
  const values: Record<string, unknown> = {
    undefined,
    null: null,
    true: true,
    false: false,
    'an integer': 42,
    'a fraction': 1 / 3,
    'the largest number': Number.MAX_VALUE,
    'minus infinity': -Infinity,
    'a large integer': 2n ** 70n,
    'no text': '',
    'text of one byte a character': 'text',
    'text of more': 'naïve, 文字, 🙂',
    'half of a pair': 'a\ud800b',
    'no bytes': new Uint8Array(0),
    bytes: Uint8Array.of(1, 2, 255),
    'a part of a buffer': new Uint8Array(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
    'a Buffer': Buffer.from('bytes'),
    'other bytes': Int16Array.of(-1, 300),
    'an object': { map: new Map([['a', new Date(0)]]), bytes: Uint8Array.of(1) },
    'an array': [undefined, null, 'text', 1],
    'an error': new RangeError('too far'),
  };
  for (const [name, value] of Object.entries(values)) {
    it(`arrives as it is: ${name}`, () => {
      const copy = there(value);
      expect(copy).to.deep.equal(value instanceof Error ? copy : value);
      expect(Object.prototype.toString.call(copy)).to.equal(Object.prototype.toString.call(value));
      expect(Buffer.isBuffer(copy)).to.equal(Buffer.isBuffer(value));
      if (value instanceof Error)
        expect(copy).to.be.instanceOf(RangeError).with.property('message', 'too far');
    });
  }

  it('keeps the sign of zero, and what is no number', () => {
    expect(Object.is(there(-0), -0)).to.equal(true);
    expect(there(NaN)).to.be.NaN;
  });

  it('is a copy', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const encoded = Buffer.from(cloneCodec.encode(bytes));
    bytes.fill(0);
    expect(cloneCodec.decode(encoded)).to.deep.equal(Uint8Array.of(1, 2, 3));
  });

  it('arrives as structured clone has it, if it is of a class of one’s own', () => {
    const copy = there(OwnBytes.of(1, 2));
    expect(copy).to.deep.equal(Uint8Array.of(1, 2));
    expect(copy).not.to.be.instanceOf(OwnBytes);
  });

  it('may have been written by V8’s serializer', () => {
    expect(cloneCodec.decode(serialize('text'))).to.equal('text');
  });

  describe('is refused', () => {
    for (const [name, bytes] of [
      ['if there are no bytes', []],
      ['if it begins with an unknown byte', [9, 1]],
      ['if a number is cut off', [5, 1, 2]],
      ['if V8 does not know it', [255, 15, 77]],
    ] as const) {
      it(name, () => expect(() => cloneCodec.decode(Buffer.from(bytes))).to.throw(Error));
    }
    it('if it cannot be cloned', () => {
      expect(() => cloneCodec.encode(() => 1)).to.throw(Error);
      expect(() => cloneCodec.encode(Symbol('none'))).to.throw(Error);
    });
  });
});
