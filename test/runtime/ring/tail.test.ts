import { expect } from 'chai';
import fc from 'fast-check';
import { ARENA_BYTES_MAX, PIPE_SHARE } from '../../../src/runtime/base/limits.js';
import { atRest, atWork, positionIn, rests } from '../../../src/runtime/ring/tail.js';

const position = fc.integer();
/** How far from each other a consumer and a tail can be, and farther than any ring is long. */
const distance = fc.integer({ min: 1 - 2 ** 30, max: 2 ** 30 - 1 });

describe('a tail', () => {
  it('gives back any position to whoever is near it, whether or not the consumer rests', () => {
    fc.assert(
      fc.property(position, distance, (end, away) => {
        const near = (end + away) | 0;
        expect(positionIn(atWork(end), near)).to.equal(end);
        expect(positionIn(atRest(end), near)).to.equal(end);
      }),
    );
  });

  it('is never as far from its consumer as that', () => {
    expect(ARENA_BYTES_MAX / PIPE_SHARE).to.be.below(2 ** 30);
  });

  it('says whether the consumer rests, and is a word like those that atomic operations answer', () => {
    fc.assert(
      fc.property(position, (end) => {
        for (const word of [atWork(end), atRest(end)]) expect(word).to.equal(word | 0);
        expect(rests(atWork(end))).to.equal(false);
        expect(rests(atRest(end))).to.equal(true);
      }),
    );
  });
});
