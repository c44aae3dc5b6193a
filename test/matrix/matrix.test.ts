import { expect } from 'chai';
import { body, digest, SIZES } from '../support/bodies.js';
import { DRAFT_PATTERNS } from '../support/draft-patterns.js';
import { PATTERNS, type Pattern, type Way } from '../support/patterns.js';
import type { Form } from '../support/performer.js';
import { PLACES, type AnySocket, type End, type Place } from '../support/places.js';
import { useTidySharedStage, type Stage, type Transport } from '../support/stage.js';
import { STREAM_PATTERN } from '../support/stream-pattern.js';
import { VALUES } from './values.js';

const BODIES = SIZES.map((size) => body(size));
const DIGESTS = BODIES.map(digest);
/** Who came first need not wait long for its peer. */
const SOON = { reconnectInterval: 1 };
const FORMS: readonly Form[] = ['await', 'sync', 'try', 'for await'];

for (const place of PLACES) {
  for (const transport of place.transports) {
    describe(`Over ${transport} ${place.name}`, () => {
      const stage = useTidySharedStage();
      const ends: End[] = [];

      before(async () => {
        ends.push(...(await place.ends(stage)));
      });

      for (const pattern of [...PATTERNS, ...DRAFT_PATTERNS, STREAM_PATTERN]) {
        describe(pattern.name, () => testPattern(pattern, { stage, ends, transport, place }));
      }
    });
  }
}

interface Setting {
  readonly stage: Stage;
  /** Where the pattern's first and second sockets are made. */
  readonly ends: readonly End[];
  readonly transport: Transport;
  readonly place: Place;
}

/** The one body: what every pattern does over every transport in every place. */
function testPattern(pattern: Pattern, { stage, ends, transport, place }: Setting): void {
  const open: AnySocket[] = [];
  const { connects = [] } = pattern;

  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
  });

  async function sockets(): Promise<[first: AnySocket, second: AnySocket]> {
    for (const [i, end] of ends.entries()) {
      open.push(await end.open(pattern.types[i]!, { ...SOON, ...pattern.options?.[i] }));
    }
    return [open[0]!, open[1]!];
  }

  /** The ways between two sockets, the second of which was bound first. */
  async function connected(): Promise<readonly Way[]> {
    const [first, second] = await sockets();
    await first.connect(await second.bind(stage.wildcard(transport)), ...connects);
    return pattern.ways(first, second);
  }

  async function expectCarried(ways: readonly Way[]): Promise<void> {
    for (const way of ways) {
      await way.send('await', 'message');
      expect((await way.receive('await')).map(String)).to.deep.equal(['message']);
    }
  }

  for (const form of FORMS) {
    it(`carries bodies of any size whole (${form})`, async () => {
      const ways = await connected();
      for (const [i, sent] of BODIES.entries()) {
        if (pattern.neverEmpty === true && sent.length === 0) continue;
        for (const way of ways) {
          await way.send(form, sent);
          expect((await way.receive(form)).map(digest)).to.deep.equal([DIGESTS[i]]);
        }
      }
    });
  }

  if (pattern.onePart === true) {
    it('refuses several parts, and carries what comes next', async () => {
      const ways = await connected();
      for (const way of ways) {
        const refused = await way.send('await', ['two', 'parts']).catch((error: unknown) => error);
        expect(refused).to.include({ code: 'EINVAL' });
      }
      await expectCarried(ways);
    });
  } else {
    it('carries parts of any size in one message', async () => {
      for (const way of await connected()) {
        await way.send('await', BODIES);
        expect((await way.receive('await')).map(digest)).to.deep.equal(DIGESTS);
      }
    });
  }

  it('carries whatever can be a message', async () => {
    const ways = await connected();
    for (const { name, message, arrives, onlyThreads } of VALUES) {
      if (onlyThreads === true && place.name === 'in two processes') continue;
      if (pattern.onePart === true && arrives.length > 1) continue;
      if (pattern.neverEmpty === true && arrives[0] === '') continue;
      const expected = arrives.map((part) => Buffer.from(part as Buffer).toString('hex'));
      for (const way of ways) {
        await way.send('await', message);
        const arrived = await way.receive('await');
        expect(
          arrived.map((part) => part.toString('hex')),
          name,
        ).to.deep.equal(expected);
      }
    }
  });

  it('works when the first connects, and came first', async () => {
    const endpoint = await stage.agreed(transport);
    const [first, second] = await sockets();
    await first.connect(endpoint, ...connects);
    await second.bind(endpoint);
    await expectCarried(await pattern.ways(first, second));
  });

  it('works when the first binds', async () => {
    const [first, second] = await sockets();
    await second.connect(await first.bind(stage.wildcard(transport)), ...connects);
    await expectCarried(await pattern.ways(first, second));
  });

  it('works when the first binds, and the second came first', async () => {
    const endpoint = await stage.agreed(transport);
    const [first, second] = await sockets();
    await second.connect(endpoint, ...connects);
    await first.bind(endpoint);
    await expectCarried(await pattern.ways(first, second));
  });

  if (pattern.alternates === true) {
    it('keeps a hundred messages and their answers in step', async () => {
      const ways = await connected();
      for (let i = 0; i < 100; i++) {
        for (const way of ways) {
          await way.send('await', String(i));
          expect((await way.receive('await')).map(String)).to.deep.equal([String(i)]);
        }
      }
    });
  } else {
    it('keeps the order of a thousand messages', async () => {
      for (const way of await connected()) {
        for (let i = 0; i < 1000; i++) await way.send('await', String(i));
        for (let i = 0; i < 1000; i++) {
          expect((await way.receive('await')).map(String)).to.deep.equal([String(i)]);
        }
      }
    });
  }
}
