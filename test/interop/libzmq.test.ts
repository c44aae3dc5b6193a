import { expect } from 'chai';
import { body, digest, SIZES } from '../support/bodies.js';
import { DRAFT_PATTERNS } from '../support/draft-patterns.js';
import { libzmq } from '../support/judge.js';
import { PATTERNS, type Pattern, type Way } from '../support/patterns.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { useTidySharedStage, type Stage, type Transport } from '../support/stage.js';

const BODIES = SIZES.map((size) => body(size));
const DIGESTS = BODIES.map(digest);
/** But for PEER, which zeromq.js does not know how to send with. */
const WITH_ZEROMQ_JS = [...PATTERNS, ...DRAFT_PATTERNS].filter(({ name }) => name !== 'PEER–PEER');
/** Who came first need not wait long for its peer. */
const SOON = { reconnectInterval: 1 };

for (const transport of ['tcp', 'ipc'] as const) {
  for (const [index, role] of ['first', 'second'].entries()) {
    describe(`With libzmq as the ${role} peer over ${transport}`, () => {
      const stage = useTidySharedStage();
      const ends: End[] = [];

      before(() => {
        ends.push(here(new Performer({ context: stage.context })));
        ends.splice(index, 0, libzmq(stage));
      });

      for (const pattern of WITH_ZEROMQ_JS) {
        describe(pattern.name, () => testPattern(pattern, stage, ends, transport));
      }
    });
  }
}

function testPattern(
  pattern: Pattern,
  stage: Stage,
  ends: readonly End[],
  transport: Transport,
): void {
  const open: AnySocket[] = [];

  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
  });

  async function sockets(): Promise<[first: AnySocket, second: AnySocket]> {
    for (const [i, end] of ends.entries()) {
      open.push(await end.open(pattern.types[i]!, { ...SOON, ...pattern.options?.[i] }));
    }
    return [open[0]!, open[1]!];
  }

  async function expectCarried(ways: readonly Way[], ...parts: Buffer[]): Promise<void> {
    for (const way of ways) {
      await way.send('await', parts);
      expect((await way.receive('await')).map(digest)).to.deep.equal(parts.map(digest));
    }
  }

  for (const binder of ['first', 'second'] as const) {
    const parts = pattern.onePart === true ? 'one by one' : 'alone and as parts';

    it(`carries bodies of any size, ${parts}, when the ${binder} binds`, async () => {
      const [first, second] = await sockets();
      if (binder === 'second') await first.connect(await second.bind(stage.wildcard(transport)));
      else await second.connect(await first.bind(stage.wildcard(transport)));
      const ways = await pattern.ways(first, second);
      for (const [i, sent] of BODIES.entries()) {
        for (const way of ways) {
          await way.send('await', sent);
          expect((await way.receive('await')).map(digest)).to.deep.equal([DIGESTS[i]]);
        }
      }
      if (pattern.onePart === true) return;
      await expectCarried(ways, ...BODIES);
      await expectCarried(ways, body(0), body(1), body(0), body(0));
    });

    it(`finds its peer when the ${binder} binds, after the other has connected`, async () => {
      const endpoint = await stage.agreed(transport);
      const [first, second] = await sockets();
      await (binder === 'first' ? second : first).connect(endpoint);
      await (binder === 'first' ? first : second).bind(endpoint);
      await expectCarried(await pattern.ways(first, second), body(100));
    });
  }

  it('keeps the order of many messages', async () => {
    const [first, second] = await sockets();
    await first.connect(await second.bind(stage.wildcard(transport)));
    const ways = await pattern.ways(first, second);
    if (pattern.alternates === true) {
      for (let i = 0; i < 100; i++) await expectCarried(ways, body(i));
      return;
    }
    for (const way of ways) {
      for (let i = 0; i < 1000; i++) await way.send('await', String(i));
      for (let i = 0; i < 1000; i++) {
        expect(String(await way.receive('await'))).to.equal(String(i));
      }
    }
  });
}
