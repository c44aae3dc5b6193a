import { expect } from 'chai';
import fc from 'fast-check';
import { Trie } from '../../../src/patterns/routing/trie.js';
import type { TrieNodes } from '../../../src/patterns/routing/trie-nodes.js';

/** Keys of few different bytes, so that many share a beginning. */
const keys = fc
  .array(fc.constantFrom(0, 1, 0x41, 0xff), { maxLength: 6 })
  .map((bytes) => Buffer.from(bytes));

const changes = fc.array(fc.record({ key: keys, value: fc.option(fc.nat(99)) }), {
  maxLength: 40,
});

/** The values of all keys that a text begins with, shortest first. */
function walk(trie: Trie<number>, text: Uint8Array | string): number[] {
  const values: number[] = [];
  trie.walk(text, (value) => {
    values.push(value);
    return false;
  });
  return values;
}

function nodesOf(trie: Trie<number>): TrieNodes<number> {
  return (trie as unknown as { readonly nodes: TrieNodes<number> }).nodes;
}

/** How many nodes a trie consists of, its root too. */
function nodes(trie: Trie<number>): number {
  return nodesOf(trie).size;
}

describe('Trie', () => {
  it('knows and finds what a plain map would, after any changes', () => {
    fc.assert(
      fc.property(changes, keys, (made, text) => {
        const trie = new Trie<number>();
        const map = new Map<string, number>();
        for (const { key, value } of made) {
          if (value === null) trie.delete(key);
          else trie.set(Buffer.from(key), value);
          if (value === null) map.delete(key.toString('hex'));
          else map.set(key.toString('hex'), value);
        }
        for (const { key } of made) {
          expect(trie.get(key)).to.equal(map.get(key.toString('hex')));
        }
        const prefixes = Array.from({ length: text.length + 1 }, (_, length) =>
          text.toString('hex', 0, length),
        );
        const values = prefixes.flatMap((prefix) => map.get(prefix) ?? []);
        expect(walk(trie, text)).to.deep.equal(values);
      }),
    );
  });

  it('finds of a string what it finds of its bytes', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'é', '€', '😀', '\ud800'), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.nat(20))), text, (made, letters) => {
        const trie = new Trie<number>();
        // Topics are bytes, and may end in the middle of a character.
        for (const [value, [topic, length]] of made.entries())
          trie.set(Buffer.from(topic.join('')).subarray(0, length), value);
        const string = letters.join('');
        const found = new Set(walk(trie, string));
        expect([...found]).to.deep.equal(walk(trie, Buffer.from(string)));
      }),
    );
  });

  it('is as small as its keys need, whatever it has known', () => {
    fc.assert(
      fc.property(changes, (made) => {
        const used = new Trie<number>();
        const kept = new Map<string, number>();
        for (const { key, value } of made) {
          if (value === null) used.delete(key);
          else used.set(Buffer.from(key), value);
          if (value === null) kept.delete(key.toString('hex'));
          else kept.set(key.toString('hex'), value);
        }
        const fresh = new Trie<number>();
        for (const [key, value] of kept) fresh.set(Buffer.from(key, 'hex'), value);
        expect(nodes(used)).to.equal(nodes(fresh));
      }),
    );
  });

  it('takes no more memory for topics that come and go than for those that are there', () => {
    const trie = new Trie<number>();
    const key = (n: number): Buffer => Buffer.from(`${(n * 7919) % 100_000}/${n}`);
    const footprints = [];
    for (let n = 0; n < 100_000; n++) {
      trie.set(key(n), n);
      if (n >= 100) trie.delete(key(n - 100));
      if (n % 10_000 === 9_999) footprints.push(nodesOf(trie).footprint);
    }
    for (let n = 99_900; n < 100_000; n++) expect(trie.get(key(n))).to.equal(n);
    // A record has 32 bytes, a table at most 1,024, a label some 10, and there are at most two nodes a key.
    expect(Math.max(...footprints)).to.be.below(200 * (32 + 1024 + 2 * 10));
  });

  it('gives back what many keys took when there is none any more', () => {
    const trie = new Trie<number>();
    const empty = nodesOf(trie).footprint;
    const all = Array.from({ length: 1000 }, (_, n) => Buffer.from(String(n)));
    for (const key of all) trie.set(key, 1);
    expect(nodesOf(trie).footprint).to.be.above(10 * empty);
    for (const key of all) trie.delete(key);
    expect(nodesOf(trie).footprint).to.equal(empty);
    trie.set(all[5]!, 5);
    expect(walk(trie, Buffer.from('55'))).to.deep.equal([5]);
  });

  it('forgets a key that is only a place where two others part, and nothing else', () => {
    const trie = new Trie<number>();
    trie.set(Buffer.from('abc'), 1);
    trie.set(Buffer.from('abd'), 2);
    trie.delete(Buffer.from('ab'));
    trie.delete(Buffer.from('abcd'));
    trie.delete(Buffer.from('a'));
    expect(walk(trie, Buffer.from('abc'))).to.deep.equal([1]);
    expect(walk(trie, Buffer.from('abd'))).to.deep.equal([2]);
  });

  it('ends a walk when it is told to', () => {
    const trie = new Trie<number>();
    trie.set(Buffer.alloc(0), 1);
    trie.set(Buffer.from('a'), 2);
    const seen: number[] = [];
    expect(
      trie.walk(Buffer.from('ab'), (value) => {
        seen.push(value);
        return true;
      }),
    ).to.equal(true);
    expect(seen).to.deep.equal([1]);
  });

  it('takes a key of a mebibyte, and ten thousand keys each within the next', () => {
    const trie = new Trie<number>();
    const long = Buffer.alloc(2 ** 20, 'x');
    trie.set(long, -1);
    for (let length = 0; length < 10_000; length++) trie.set(long.subarray(0, length), length);
    expect(walk(trie, long)).to.have.lengthOf(10_001);
    for (let length = 0; length < 10_000; length++) trie.delete(long.subarray(0, length));
    expect(walk(trie, long)).to.deep.equal([-1]);
    expect(nodes(trie)).to.equal(2);
    trie.delete(long);
    expect(nodes(trie)).to.equal(1);
  });
});
