import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { checkTestLinks } from '../support/test-links.js';

/*
 * docs/guide.md says of each claim of the ZeroMQ guide's first chapter where it is tested, or why it is
 * not. An item begins with its number, `- **S7**`, and ends before the next item or heading. It has
 *
 * - links to tests, as test-links.ts wants them;
 * - or the reason why there is no test, behind one of the three openings below;
 * - or both.
 */
const CLAIMS = 92;
const REASON = /_(Does not apply|Not offered|Not yet):_ \S+ \S+ \S+/;

const ROOT = new URL('../../../', import.meta.url);
const GUIDE = new URL('docs/guide.md', ROOT);

interface Item {
  readonly id: number;
  readonly text: string;
}

function items(text: string): Item[] {
  const found: Item[] = [];
  for (const part of text.split(/^(?=- \*\*S|#)/m)) {
    const head = /^- \*\*S(\d+)\*\*/.exec(part);
    if (head !== null) found.push({ id: Number(head[1]), text: part.replace(/\s+/g, ' ') });
  }
  return found;
}

/** What is wrong with an item; nothing if it is in order. */
function faults({ text }: Item): string[] {
  const { tests, wrong } = checkTestLinks(text, GUIDE);
  if (tests === 0 && !REASON.test(text)) return ['neither a test nor a reason'];
  return [...wrong];
}

describe('docs/guide.md', () => {
  const found = items(readFileSync(GUIDE, 'utf8'));

  it('has each claim of the chapter once, in order', () => {
    const expected = Array.from({ length: CLAIMS }, (_, index) => index + 1);
    expect(found.map(({ id }) => id)).to.deep.equal(expected);
  });

  it('names for each a test that exists, or the reason why there is none', () => {
    const wrong = found.flatMap((item) => faults(item).map((fault) => `S${item.id}: ${fault}`));
    expect(wrong).to.deep.equal([]);
  });

  describe('would be found out', () => {
    const link = (title: string, path: string): Item => ({ id: 1, text: `[${title}](${path})` });
    const here = '../test/docs/guide.test.ts';

    it('with a claim without test and reason', () => {
      expect(faults({ id: 1, text: 'It works. _Not yet:_' })).to.have.lengthOf(1);
      expect(faults({ id: 1, text: 'It works. _Not yet:_ nobody wrote it' })).to.deep.equal([]);
    });

    it('with a file that does not exist, or holds no tests', () => {
      expect(faults(link('x', '../test/docs/missing.test.ts'))).to.have.lengthOf(1);
      expect(faults(link('x', '../test/support/stage.ts'))).to.have.lengthOf(1);
    });

    it('with a title that the file does not have', () => {
      expect(faults(link('has each claim of the chapter', here))).to.have.lengthOf(1);
      expect(faults(link('has each claim of the chapter once, in order', here))).to.deep.equal([]);
    });
  });
});
