import { stress } from '../runtime/ring-stress.js';
import type { Soak } from './soak.js';

const MESSAGES = 100_000_000;

/** What passes through one pipe, at the full number. Small ones are most, since small ones are quick. */
const STINTS = [
  { what: 'small messages,', part: 0.9, back: 0, largest: 240, mark: 1000 },
  { what: 'both ways at once,', part: 0.06, back: 1, largest: 200, mark: 100 },
  { what: 'of up to four parts and 20 KB,', part: 0.01, back: 0, largest: 20_000, mark: 50 },
  { what: 'one under way at a time,', part: 0.03, back: 1, largest: 100, mark: 1 },
];

/**
 * A ring between two threads, message by message: numbers, checksums, and at the end no memory in use.
 * The small ones alone are more than 4 GiB, so positions wrap on the way.
 */
export const ring: Soak = {
  name: 'ring',
  async run(stint) {
    const messages = stint.share(MESSAGES, 1000);
    let passed = 0;
    const stints = [];
    for (const { what, part, back, largest, mark } of STINTS) {
      // Those that go both ways are half of them.
      const forth = Math.ceil((messages * part) / (1 + back));
      const seed = stint.random.next();
      await stress({ forth, back: back * forth, largest, mark, seed }, (read) => {
        stint.advance(read, forth, what);
      });
      stint.advance(forth, forth, what);
      passed += forth + back * forth;
      stints.push({ what: what.replace(/,$/, ''), forth, back: back * forth, largest, mark });
    }
    const verdict = `${passed} messages, each once, whole and in order; no block left in use.`;
    return { verdict, messages: passed, stints };
  },
};
