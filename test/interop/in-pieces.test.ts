import { expect } from 'chai';
import { body, digest } from '../support/bodies.js';
import { libzmq } from '../support/judge.js';
import { PATTERNS } from '../support/patterns.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useTidyStage } from '../support/stage.js';

/** The least there is: a pipe holds messages up to 2 MiB whole. */
const SMALL_ARENA = 2 ** 24;
const PARTS = [body(1), body(9_000_001), body(0), body(300)];

describe('A message too long for a pipe', () => {
  const stage = useTidyStage();

  for (const name of ['PUSH–PULL', 'DEALER–DEALER', 'PAIR–PAIR']) {
    for (const [index, role] of ['first', 'second'].entries()) {
      it(`is the same to libzmq, as the ${role} peer of ${name}`, async () => {
        const pattern = PATTERNS.find((one) => one.name === name)!;
        const context = stage.newContext({ arenaSize: SMALL_ARENA });
        const ends = [here(new Performer({ context }))];
        ends.splice(index, 0, libzmq(stage));
        const first = await ends[0]!.open(pattern.types[0], {});
        const second = await ends[1]!.open(pattern.types[1], {});
        await first.connect(await second.bind('tcp://127.0.0.1:*'));
        for (const way of await pattern.ways(first, second)) {
          const [, received] = await Promise.all([way.send('await', PARTS), way.receive('await')]);
          expect(received.map(digest)).to.deep.equal(PARTS.map(digest));
        }
        for (const socket of [first, second]) await socket.close();
      });
    }
  }
});
