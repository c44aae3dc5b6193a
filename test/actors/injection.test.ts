import { expect } from 'chai';
import type { System } from '../../src/actors.js';
import { proxyThread, Request, streamer } from '../../src/index.js';
import { ProcessElsewhere } from '../support/elsewhere.js';
import type Blocking from './actors/last-words.js';
import type Logging from './actors/logging.js';
import { failure } from '../support/expect-error.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';

const actors = new URL('../../src/actors.js', import.meta.url).href;
const logging = module('actors/logging').href;
const composition = module('tasks/composition').href;
type Actors = typeof import('../../src/actors.js');

/** In processes of their own, since what is registered holds for a thread. */
describe('What is registered by token', () => {
  it('is used in the thread that starts actors, and in theirs', async () => {
    const other = new ProcessElsewhere(
      async (_library, line, [actors, logging, composition]: string[]) => {
        const { system } = (await import(actors!)) as Actors;
        await import(composition!);
        const sys = await system({ composition: composition! });
        const actor = await sys.spawn<typeof Logging>(logging!, { at: 'inproc://logging' });
        line.post(await actor.ask('log', 'Hello'));
        line.post(await actor.ask('echo', new Date(0)));
        await sys.shutdown();
      },
      [actors, logging, composition],
    );
    expect(await other.next()).to.deep.equal(['logging: Hello']);
    expect(await other.next()).to.equal('1970-01-01T00:00:00.000Z');
    expect((await other.ended).stderr).to.equal('');
  });

  it('counts restarts by the clock that is given', async () => {
    const other = new ProcessElsewhere(
      async (_library, line, [actors, counter]: string[]) => {
        const { CLOCK, register, system } = (await import(actors!)) as Actors;
        let time = 0;
        // A minute passes with each look at it, so that no two deaths are near each other.
        register(CLOCK, () => ({ now: () => (time += 60_000) }));
        const sys = await system();
        const actor = await sys.spawn(counter!, { supervise: { max: 1, within: 10_000 } });
        for (let i = 0; i < 3; i++) await actor.ask('leave', i).catch(() => undefined);
        line.post(await actor.ask('restarts', null));
        await sys.shutdown();
      },
      [actors, module('actors/counter').href],
    );
    expect(await other.next()).to.equal(3);
    await other.ended;
  });
});

describe('A system’s composition', () => {
  const REACHING = module('pools/reaching');
  const COMPOSED = module('support/composed');
  const inPool = (sys: System): Promise<unknown> =>
    sys.pool(REACHING, { threads: 1 }).run(undefined);

  afterEach(endSystems);

  for (const [what, ask] of Object.entries<(sys: System) => Promise<unknown>>({
    'of a pool': inPool,
    'of a ring-fed pool': (sys) => sys.pool(REACHING, { threads: 1, via: 'rings' }).run(undefined),
    'of a pipeline’s stage': async (sys) => {
      const codes: unknown[] = [];
      await sys
        .pipeline()
        .source([0])
        .stage(REACHING)
        .sink((code) => codes.push(code))
        .run();
      return codes[0];
    },
    'of a stage that is served': async (sys) => {
      const codes: unknown[] = [];
      await sys.serveStage('inproc://reaching', REACHING, { threads: 1 });
      await sys
        .pipeline()
        .source([0])
        .stage(REACHING, { at: 'inproc://reaching' })
        .sink((code) => codes.push(code))
        .run();
      return codes[0];
    },
    'of a server': async (sys) => {
      await sys.server('inproc://reaching', REACHING, { threads: 1 });
      const request = new Request({ context: sys.context });
      request.connect('inproc://reaching');
      await request.send('');
      const [code] = await request.receive();
      request.close();
      return String(code);
    },
    'of an actor': (sys) => actorOf(sys, 'own'),
    'that actors share': (sys) => actorOf(sys, 'shared'),
  })) {
    it(`is loaded in a thread ${what}`, async () => {
      const arenaSize = 2 ** 26;
      expect(await ask(await open({ arenaSize }))).to.equal('EPROTONOSUPPORT');
      expect(await ask(await open({ arenaSize, composition: COMPOSED }))).to.equal('ENODEV');
    });
  }

  it('that cannot be loaded is ERR_ACTOR_LOAD, for whoever wants a thread', async () => {
    const composition = module('support/nowhere');
    const sys = await open({ arenaSize: 2 ** 26, composition });
    for (const started of [
      () => sys.spawn(REACHING),
      () => inPool(sys),
      () => sys.pool(REACHING, { threads: 1, via: 'rings' }).ready(),
      () => sys.server('inproc://reaching', REACHING, { threads: 1 }),
    ]) {
      const { message } = await actorFailure('ERR_ACTOR_LOAD', started());
      expect(message).to.include(composition.href);
    }
  });

  it('is a proxy’s, too, if it is told', async () => {
    const { context } = await open({ arenaSize: 2 ** 26 });
    const front = { type: 'PULL', bind: 'composed://front' } as const;
    const back = { type: 'PUSH', bind: 'inproc://back' } as const;
    await failure('EPROTONOSUPPORT', () => proxyThread({ context, front, back }));
    await failure('ENODEV', () => proxyThread({ context, front, back, composition: COMPOSED }));
    await failure('ENODEV', () =>
      streamer('composed://front', 'inproc://back', {
        ...{ context, composition: COMPOSED },
        thread: true,
      }),
    );
    const nowhere = module('support/nowhere').href;
    for (const [composition, why] of [
      [nowhere, 'nowhere'],
      ['here', 'URL'],
    ] as const) {
      const outcome: unknown = await proxyThread({ context, front, back, composition }).catch(
        (error: unknown) => error,
      );
      expect(outcome).to.be.instanceOf(Error);
      expect((outcome as Error).message).to.include(why);
    }
  });
});

/** What an actor finds that connects. */
async function actorOf(sys: System, thread: 'own' | 'shared'): Promise<unknown> {
  const text = `
    import reach from '${module('pools/reaching').href}';
    import { actor } from '${new URL('../../src/actors.js', import.meta.url).href}';
    export default actor()({ setup: () => 0, on: { reach } });`;
  const handle = await sys.spawn(source(text), { thread });
  return (handle as unknown as { ask(name: string, message: null): Promise<unknown> }).ask(
    'reach',
    null,
  );
}

describe('A logger', () => {
  it('writes at once, though its thread never turns again', async () => {
    const other = new ProcessElsewhere(
      async (_library, _line, [actors, blocking]: string[]) => {
        const { system } = (await import(actors!)) as Actors;
        const sys = await system();
        const actor = await sys.spawn<typeof Blocking>(blocking!, { at: 'inproc://logging' });
        await actor.ask('block', null);
      },
      [actors, module('actors/last-words').href],
    );
    const { stderr, signal } = await other.ended;
    expect(signal).to.equal('SIGKILL');
    expect(stderr).to.match(/ WARN \[\d+ last-words\] seen before the end\n$/);
  });
});

describe('A system that is shut down on signals', () => {
  const run = (second: boolean) =>
    new ProcessElsewhere(
      async (_library, line, [actors, task, twice]: string[]) => {
        const { shutdownOnSignals, system } = (await import(actors!)) as Actors;
        const sys = await system({ linger: 60_000 });
        const handle = await sys.spawn(task!);
        shutdownOnSignals(sys);
        if (twice === 'twice') {
          // It never stops, so only the second signal ends the process.
          await handle.pipe.send('spin');
          await handle.pipe.receive();
        } else void handle.done.then(({ kind }) => line.post(kind));
        line.post('ready');
      },
      [actors, module('tasks/blocking').href, second ? 'twice' : ''],
    );

  it('ends in order at the first', async () => {
    const other = run(false);
    expect(await other.next()).to.equal('ready');
    other.child.kill('SIGTERM');
    expect(await other.next()).to.equal('stopped');
    expect((await other.ended).signal).to.equal('SIGTERM');
  });

  it('ends the process when all of several have ended', async () => {
    const other = new ProcessElsewhere(async (_library, line, actors: string) => {
      const { shutdownOnSignals } = (await import(actors)) as Actors;
      const report = { drained: [], dropped: [], forced: [], sockets: undefined };
      const soon = { shutdown: () => Promise.resolve(report) };
      const late = {
        shutdown: async () => {
          for (const word of ['ending', 'ended']) {
            line.post(word);
            await line.next();
          }
          return report;
        },
      };
      shutdownOnSignals(soon);
      shutdownOnSignals(soon, { ended: () => line.post('told') });
      shutdownOnSignals(late);
      // An ear for a signal keeps no process alive.
      setInterval(() => undefined, 60_000);
      line.post('ready');
    }, actors);
    expect(await other.next()).to.equal('ready');
    other.child.kill('SIGTERM');
    for (const word of ['ending', 'told', 'ended']) {
      expect(await other.next()).to.equal(word);
      if (word !== 'ending') other.post('go on');
    }
    expect((await other.ended).signal).to.equal('SIGTERM');
  });

  it('ends at once at the second', async () => {
    const other = run(true);
    expect(await other.next()).to.equal('ready');
    const again = setInterval(() => other.child.kill('SIGINT'), 200);
    const { signal } = await other.ended;
    clearInterval(again);
    expect(signal).to.equal('SIGINT');
  });
});
