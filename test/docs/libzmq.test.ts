import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SocketType } from '../../src/index.js';
import { optionNumbers } from '../../src/patterns/option-numbers.js';
import { contextOptionNumbers } from '../../src/runtime/context/option-numbers.js';
import { LIBZMQ_PAGE, libzmqRows } from '../support/libzmq-table.js';
import { checkTestLinks } from '../support/test-links.js';

const STATES = ['yes', 'Node', 'default only', 'not yet', 'no'];

/** The numbers that libzmq 4.3 gives socket options: all up to its last, but for those of contexts and of options long gone. */
const LAST_OPTION = 124;
const NO_OPTIONS = [0, 1, 2, 3, 10, 20, 26, 29, 30, 67, 70, 82, 83];
const LAST_EVENT_BIT = 14;
const PIPES_STATS = 0x10000;

describe('docs/libzmq.md', () => {
  const page = readFileSync(LIBZMQ_PAGE, 'utf8');
  const numbers = (heading: string): number[] => libzmqRows(heading).map(({ number }) => number);
  const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, number) => number);

  it('names every number of libzmq’s, once', () => {
    const options = upTo(LAST_OPTION).filter((number) => !NO_OPTIONS.includes(number));
    expect(numbers('Socket options')).to.deep.equal(options);
    expect(numbers('Socket types')).to.deep.equal(Object.values(SocketType));
    // One number is two options: one to read, the other to set.
    const contexts = [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 42, 70];
    expect(numbers('Context options')).to.deep.equal(contexts);
    const bits = upTo(LAST_EVENT_BIT).map((bit) => 2 ** bit);
    expect(numbers('Events')).to.deep.equal([...bits, PIPES_STATS]);
  });

  it('names what our sockets and contexts know by their numbers, and nothing else', () => {
    const sorted = (list: number[]): number[] => [...new Set(list)].sort((a, b) => a - b);
    expect(numbers('Socket options')).to.deep.equal(sorted(optionNumbers()));
    expect(sorted(numbers('Context options'))).to.deep.equal(sorted(contextOptionNumbers()));
  });

  it('names a test that exists in each row, and a state that it explains', () => {
    for (const heading of ['Socket types', 'Socket options', 'Context options', 'Events']) {
      for (const { text, state } of libzmqRows(heading)) {
        expect(STATES, text).to.include(state);
        expect(checkTestLinks(text, LIBZMQ_PAGE)).to.deep.include({ wrong: [] });
        expect(checkTestLinks(text, LIBZMQ_PAGE).tests, text).to.equal(1);
      }
    }
    expect(checkTestLinks(page, LIBZMQ_PAGE).wrong).to.deep.equal([]);
  });
});
