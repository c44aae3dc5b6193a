import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { linked, migrationTable } from '../support/migration.js';
import { checkTestLinks } from '../support/test-links.js';

/*
 * docs/migration.md lists the differences from zeromq.js. An item begins with what it is about, `- **…**`, and ends
 * before the next item, heading or empty line. It names tests, as test-links.ts wants them, or says behind one of
 * the three openings below why there is none.
 */
const REASON = /_(Does not apply|Not offered|Not yet):_ \S+ \S+ \S+/;
const ITEMS_LEAST = 40;
/** Those that were measured in zeromq.js 6.8.0, before this library was begun. */
const DEFECTS = ['1', '2', '3', '4', '5', '6', '7', '8'];

const MIGRATION = new URL('../../../docs/migration.md', import.meta.url);

function items(text: string): string[] {
  return text.split(/^(?=- |#)|\n\n/m).filter((part) => part.startsWith('- **'));
}

/** What is wrong with an item; nothing if it is in order. */
function faults(item: string): string[] {
  const { tests, wrong } = checkTestLinks(item, MIGRATION);
  if (tests === 0 && !REASON.test(item.replace(/\s+/g, ' '))) {
    return ['neither a test nor a reason'];
  }
  return [...wrong];
}

describe('docs/migration.md', () => {
  const text = readFileSync(MIGRATION, 'utf8');

  it('shows each difference by a test that exists, or says why there is none', () => {
    const found = items(text);
    expect(found).to.have.length.greaterThan(ITEMS_LEAST);
    const wrong = found.flatMap((item) => faults(item).map((fault) => `${item}: ${fault}`));
    expect(wrong).to.deep.equal([]);
  });

  it('names no test beside them that does not exist', () => {
    expect(checkTestLinks(text, MIGRATION).wrong).to.deep.equal([]);
  });

  it('numbers each defect of zeromq.js, which has a test named after it', () => {
    const rows = migrationTable('Its defects, by number');
    expect(rows.map(([number]) => number)).to.deep.equal(DEFECTS);
    for (const [number, , tests] of rows) {
      const named = linked(tests!);
      expect(named).to.have.length.greaterThan(0);
      for (const title of named) expect(title).to.contain(`(defect ${number} of zeromq.js`);
    }
  });

  it('would be found out with a difference without test and reason', () => {
    const [item] = items('text\n\n- **This** is different.\n- **That**, too.\n');
    expect(item).to.equal('- **This** is different.\n');
    expect(faults(item!)).to.deep.equal(['neither a test nor a reason']);
  });
});
