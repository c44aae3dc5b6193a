import { expect } from 'chai';
import type { Program, ProcessElsewhere } from '../support/elsewhere.js';
import { CASES, type CaseName, type Classes, type Outcome } from '../support/error-scenarios.js';
import { linked, migrationTable } from '../support/migration.js';
import { useTidySharedStage } from '../support/stage.js';

interface Cast {
  readonly scenarios: string;
  readonly library: string;
  readonly draft: string;
}

/** Plays cases with one library's classes, and tells how they went. */
const player: Program<Cast> = async (_library, line, { scenarios, library, draft }) => {
  const { play } = (await import(scenarios)) as typeof import('../support/error-scenarios.js');
  const classes = (await import(library)) as Classes;
  const drafts = (await import(draft)) as Classes;
  for (;;) {
    const order = (await line.next()) as { name: CaseName; free: string[] } | null;
    if (order === null) break;
    line.post(await play({ ...classes, ...drafts }, order.name, order.free));
  }
};

const SCENARIOS = new URL('../support/error-scenarios.js', import.meta.url).href;
const OURS: Cast = {
  scenarios: SCENARIOS,
  library: new URL('../../src/index.js', import.meta.url).href,
  draft: new URL('../../src/draft.js', import.meta.url).href,
};
const THEIRS: Cast = { scenarios: SCENARIOS, library: 'zeromq', draft: 'zeromq/draft.js' };

const LONG = 'x'.repeat(300);
/** A call that returns a promise never throws. */
const REJECTS = { how: 'rejected' } as const;

/** What is different here, each of which has its place in a table of docs/migration.md; the rest is as there. */
const DIFFERENCES: Partial<Record<CaseName, Partial<Outcome>>> = {
  'bind to a number': REJECTS,
  'bind to nothing': REJECTS,
  'bind a closed socket': REJECTS,
  'unbind from a number': REJECTS,
  'unbind a closed socket': REJECTS,
  'send undefined': REJECTS,
  'send nothing': REJECTS,
  'send on a closed socket': REJECTS,
  'send twice at a time': {
    how: 'rejected',
    code: 'EAGAIN',
    errno: 11,
    message: 'Operation was not possible or timed out',
  },
  'send during a bind': {
    how: 'rejected',
    code: 'EAGAIN',
    errno: 11,
    message: 'Operation was not possible or timed out',
  },
  'receive on a closed socket': REJECTS,
  'receive twice at a time': {
    how: 'rejected',
    code: 'EAGAIN',
    errno: 11,
    message: 'Operation was not possible or timed out',
  },
  'a method as an option': { message: 'Cannot add property close, object is not extensible' },
  'an option that can only be read': {
    message: 'Cannot add property lastEndpoint, object is not extensible',
  },
  'a context that is none': { kind: 'TypeError', message: 'Not a context' },
  'linger as a text': { message: 'linger must be a number' },
  'linger as null': { message: 'linger must be a number' },
  'linger below -1': { message: '-2 is no value for linger' },
  'a mark below 0': { message: '-1 is no value for sendHighWaterMark' },
  'a boolean as a number': { message: 'immediate must be a boolean' },
  'a routing id as a number': { message: 'routingId must be a string, bytes or null' },
  'an empty routing id': { message: ' is no value for routingId' },
  'a routing id that is too long': { message: `${LONG} is no value for routingId` },
  'heartbeatTimeToLive of 6,553,600': { message: '6553600 is no value for heartbeatTimeToLive' },
  'subscribe to a number': { how: 'done' },
  'subscribe when closed': { code: 'EBADF', errno: 9, message: 'Socket is closed' },
  'a socket type that there is not': {
    message: 'There is no socket type 99; those of drafts are in loomwire/draft',
  },
  'ioThreads below 0': { message: 'ioThreads must be an integer from 0 to 16, not -1' },
  'maxSockets of 0': { message: 'maxSockets must be an integer from 1 to 65535, not 0' },
  'ioThreads as a text': { message: 'ioThreads must be a number' },
  'blocky as a number': { message: 'blocky must be a boolean' },
  'a proxy of nothing': { message: 'A proxy needs sockets' },
  'a proxy without a back': { message: 'A proxy needs sockets' },
  'run a proxy whose front is nowhere': REJECTS,
  'run a proxy whose back is nowhere': REJECTS,
  'receive an event when the observer is closed': {
    how: 'rejected',
    message: 'Observer is closed',
  },
  'receive an event when there are listeners': { how: 'rejected', code: 'EBUSY', errno: 16 },
  'send by a RADIO without a group': REJECTS,
  'send by a RADIO to a group whose name is too long': {
    how: 'rejected',
    kind: 'Error',
    code: 'EINVAL',
    errno: 22,
    message: 'A group has at most 255 bytes',
  },
  'send by a SERVER without an id': REJECTS,
  'join a group whose name is too long': { message: 'A group has at most 255 bytes' },
  'join a number': { message: 'Group must be a string or buffer' },
  'send two parts by a CLIENT': { message: 'A message of this socket type has exactly one part' },
};

describe('Our errors are zeromq.js’s', () => {
  const stage = useTidySharedStage();
  let ours: ProcessElsewhere;
  let theirs: ProcessElsewhere;

  before(() => {
    ours = stage.process(player, OURS);
    theirs = stage.process(player, THEIRS);
  });

  it('fails for a difference that is not in this table, and for a row without one', () => {
    const rows = migrationTable('Errors, one by one').flatMap(([what]) => linked(what!));
    expect([...rows].sort()).to.deep.equal(Object.keys(DIFFERENCES).sort());
  });

  for (const name of Object.keys(CASES) as CaseName[]) {
    it(name, async () => {
      const free = [await stage.freeEndpoint()];
      const [here, there] = await Promise.all(
        [ours, theirs].map((library) => {
          library.post({ name, free });
          return library.next<Outcome>();
        }),
      );
      const difference = DIFFERENCES[name];
      if (difference === undefined) expect(here).to.deep.equal(there);
      else {
        const { how } = { ...there, ...difference };
        const expected = how === 'done' ? { how } : { ...there, ...difference };
        expect(here).to.deep.equal(expected);
        expect(expected).to.not.deep.equal(there);
      }
    });
  }
});
