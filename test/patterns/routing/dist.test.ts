import { expect } from 'chai';
import fc from 'fast-check';
import { Dist } from '../../../src/patterns/routing/dist.js';
import { FakePipe, fakePipes } from './fake-pipe.js';

describe('Dist', () => {
  it('writes to each matched pipe once, and to no other, while pipes come and go', () => {
    const step = fc.record({
      kind: fc.constantFrom('attach', 'terminated', 'match', 'all', 'send'),
      which: fc.nat(7),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const dist = new Dist();
        const pipes = fakePipes(8);
        const attached = new Set<FakePipe>();
        const matched = new Set<FakePipe>();
        const expected = new Map(pipes.map((pipe) => [pipe, 0]));
        for (const { kind, which } of steps) {
          const pipe = pipes[which]!;
          switch (kind) {
            case 'attach':
              if (attached.has(pipe)) break;
              dist.attach(pipe.pipe);
              attached.add(pipe);
              break;
            case 'terminated':
              dist.terminated(pipe.pipe);
              attached.delete(pipe);
              matched.delete(pipe);
              break;
            case 'match':
              dist.match(pipe.pipe);
              if (attached.has(pipe)) matched.add(pipe);
              break;
            case 'all':
              dist.matchAll();
              for (const one of attached) matched.add(one);
              break;
            case 'send':
              expect(dist.matches).to.equal(matched.size);
              dist.send(['message']);
              for (const one of matched) expected.set(one, expected.get(one)! + 1);
              matched.clear();
          }
        }
        for (const [pipe, count] of expected) expect(pipe.written).to.have.lengthOf(count);
        expect(dist.dropped).to.equal(0);
      }),
    );
  });

  it('sends to each of a set, again and again, but not to one that is gone, or has yet to come', () => {
    const dist = new Dist();
    const [first, second, late] = fakePipes(3);
    dist.attach(first!.pipe);
    dist.attach(second!.pipe);
    const set = new Set([first!, second!, late!].map(({ pipe }) => pipe));
    const send = (): void => {
      dist.matchEach(set);
      dist.send(['message']);
    };
    const written = (): number[] => [first!, second!, late!].map((one) => one.written.length);

    send();
    send();
    expect(written()).to.deep.equal([2, 2, 0]);
    dist.attach(late!.pipe);
    send();
    send();
    expect(written()).to.deep.equal([4, 4, 2]);
    dist.terminated(late!.pipe);
    send();
    expect(written()).to.deep.equal([5, 5, 2]);
  });

  it('counts what a full pipe loses, one for each message, and serves the others', () => {
    const dist = new Dist();
    const slow = new FakePipe(2);
    const quick = new FakePipe();
    dist.attach(slow.pipe);
    dist.attach(quick.pipe);
    for (let i = 0; i < 5; i++) {
      dist.matchAll();
      dist.send([String(i)]);
    }
    expect(dist.dropped).to.equal(3);
    expect(slow.written).to.deep.equal([['0'], ['1']]);
    expect(quick.written).to.have.lengthOf(5);
  });
});
