import { expect } from 'chai';
import {
  type ActorHandle,
  type ActorRef,
  type Death,
  type Reason,
  type RefOptions,
  type SpawnOptions,
  type System,
  type actor,
  ref,
  spawn,
} from '../../src/actors.js';
import { Dealer } from '../../src/index.js';
import { ThreadElsewhere, ProcessElsewhere } from '../support/elsewhere.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { gate } from './support/gate.js';
import { endSystems, module, open, source } from './support/systems.js';

type Ref = ActorRef<typeof Counter>;

const counter = module('actors/counter');
/** An actor that is never ready. */
const never =
  source(`import { actor } from '${new URL('../../src/actors.js', import.meta.url).href}';
  export default actor()({ setup: () => new Promise(() => {}), on: {} });`);

/** What the source of the test below makes. */
type Turning = ReturnType<ReturnType<typeof actor<{ ask: { turns: [null, number] } }>>>;

/** A signal, and what aborts it. */
function aborting(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

const inFiles = process.platform === 'win32' ? [] : ['ipc://*'];

describe('An actor', () => {
  afterEach(endSystems);

  for (const thread of ['own', 'shared'] as const) {
    describe(`on a thread of ${thread === 'own' ? 'its own' : 'several'}`, () => {
      const start = async (options: SpawnOptions = {}): Promise<ActorHandle<typeof Counter>> => {
        const sys = await open();
        return sys.spawn<typeof Counter>(counter, { thread, ...options });
      };

      it('handles what it is told and asked, in order', async () => {
        const count = await start();
        for (let i = 1; i <= 100; i++) await count.tell('add', i);
        expect(await count.ask('count', null)).to.equal(5050);
        const notes = ['a', 'b', 'c'];
        await Promise.all(notes.map((note) => count.tell('note', note)));
        expect(await count.ask('seen', null)).to.deep.equal(notes);
      });

      it('knows its name and its data', async () => {
        const count = await start({ data: { a: [1, 2] }, name: 'mine' });
        expect(count.name).to.equal('mine');
        expect(await count.ask('about', null)).to.deep.equal({
          name: 'mine',
          data: { a: [1, 2] },
          restarts: 0,
        });
      });

      it('answers an ask with what its handler throws, and lives', async () => {
        const count = await start();
        const refused: unknown = await count.ask('refuse', 'no').catch((error: unknown) => error);
        expect(refused).to.be.instanceOf(RangeError);
        expect(refused).to.include({ message: 'no', code: 'EREFUSED' });
        expect((refused as Error).stack).to.include('counter');
        expect((refused as Error).cause).to.include({ name: 'ActorError', code: 'ERR_ACTOR_FULL' });
        expect(await count.ask('count', null)).to.equal(0);
      });

      it('carries whatever can be cloned', async () => {
        const count = await start();
        const value = {
          bytes: new Uint8Array([1, 2, 3]),
          map: new Map([['a', new Date(0)]]),
          big: 10n ** 30n,
          nothing: undefined,
        };
        expect(await count.ask('echo', value)).to.deep.equal(value);
      });

      it('dies of what a message that was told throws, and everyone hears why at once', async () => {
        const count = await start();
        const deaths: Death[] = [];
        count.watch((death) => deaths.push(death));
        const asking = actorFailure('ERR_ACTOR_DIED', count.ask('never', null));
        const telling = count.tell('fail', 'what went wrong');
        await telling;
        // The one who asks first is not answered, so the other is not begun.
        await count.kill();
        await asking;
        expect(deaths).to.have.length(1);

        const other = await start();
        const told = new Promise<Death>((resolve) => other.watch(resolve));
        await other.tell('fail', 'what went wrong');
        const waiting = actorFailure('ERR_ACTOR_DIED', other.ask('count', null));
        const { reason, comesBack } = await told;
        expect(comesBack).to.equal(false);
        if (reason.kind !== 'error') expect.fail(reason.kind);
        expect(reason.error)
          .to.be.instanceOf(RangeError)
          .with.property('message', 'what went wrong');
        expect((await waiting).cause).to.be.instanceOf(RangeError);
        expect((await other.done).kind).to.equal('error');
        await actorFailure('ERR_ACTOR_DIED', other.tell('add', 1));
        await actorFailure('ERR_ACTOR_DIED', other.ask('count', null));
      });

      it('is not spawned if it cannot be set up', async () => {
        const error = await actorFailure('ERR_ACTOR_DIED', start({ data: 'fail' }));
        expect(error.cause)
          .to.be.instanceOf(RangeError)
          .with.property('message', 'cannot be set up');
      });

      it('is not spawned if it is given no time to be ready', async () => {
        const sys = await open();
        const spawning = sys.spawn(never, { thread, startTimeout: 0 });
        await actorFailure('ERR_ACTOR_START_TIMEOUT', spawning);
      });

      it('handles what is in its mailbox when it is stopped, and takes no more', async () => {
        const sys = await open();
        const stopped = gate();
        const text = `import { actor } from '${new URL('../../src/actors.js', import.meta.url).href}';
          export default actor()({
            setup: ({ data }) => ({ data: new Int32Array(data), count: 0 }),
            on: {
              wait: (_, { data }) => { Atomics.wait(data, 0, 0); },
              add: (_, state) => { state.count++; },
              count: (_, { count }) => count,
            },
            stop: ({ data, count }) => { Atomics.store(data, 1, count); },
          });`;
        const count = await sys.spawn(source(text), { thread, data: stopped.buffer });
        await count.tell('wait', null);
        for (let i = 0; i < 50; i++) await count.tell('add', null);
        const asked = count.ask('count', null);
        const stopping = count.stop();
        stopped.open();
        expect(await asked).to.equal(50);
        expect(await stopping).to.deep.equal({ kind: 'stopped' });
        expect(stopped.words[1]).to.equal(50);
        await actorFailure('ERR_ACTOR_STOPPED', count.tell('add', null));
        expect(sys.deadLetters.count).to.equal(0);
      });
    });
  }

  it('that does not stop is killed, and what it has left is told', async () => {
    const sys = await open();
    const blocked = gate();
    const count = await sys.spawn<typeof Counter>(counter, { data: blocked.buffer });
    await count.tell('wait', null);
    await blocked.waits(1);
    for (let i = 0; i < 5; i++) await count.tell('note', 'left');
    const asked = actorFailure('ERR_ACTOR_DIED', count.ask('count', null));
    const { forced, dropped } = await sys.shutdown({ timeout: 300 });
    await asked;
    expect(forced).to.deep.equal(['counter']);
    expect(dropped).to.deep.equal([{ name: 'counter', messages: 6 }]);
    // The one that it did not come to the end of, and those that it did not begin.
    expect(sys.deadLetters.counts.died).to.equal(6);
  });

  it('shares its thread with others, and its death is not theirs', async () => {
    const sys = await open();
    const [a, b] = await Promise.all(
      [1, 2].map(() => sys.spawn<typeof Counter>(counter, { thread: 'shared' })),
    );
    await a!.tell('fail', 'alone');
    expect((await a!.done).kind).to.equal('error');
    expect(await b!.ask('count', null)).to.equal(0);
    const died = new Promise<Death>((resolve) => b!.watch(resolve));
    // What ends the thread ends all that are on it.
    await actorFailure('ERR_ACTOR_DIED', b!.ask('leave', 3));
    expect(await b!.done).to.deep.equal({ kind: 'exit', exitCode: 3 });
    expect((await died).reason).to.deep.equal({ kind: 'exit', exitCode: 3 });
    const c = await sys.spawn<typeof Counter>(counter, { thread: 'shared' });
    expect(await c.ask('count', null)).to.equal(0);
  });

  describe('on a thread of several that has to be ended', () => {
    const culprits: [string, Reason, (sys: System) => Promise<unknown>][] = [
      [
        'since one does not stop in time',
        { kind: 'killed', by: 'stop-timeout' },
        async (sys) => {
          const blocked = gate();
          const options = { thread: 'shared', name: 'culprit', data: blocked.buffer } as const;
          const culprit = await sys.spawn<typeof Counter>(counter, options);
          await culprit.tell('wait', null);
          await blocked.waits(1);
          return culprit.stop({ timeout: 1 });
        },
      ],
      [
        'since one is not ready in time',
        { kind: 'killed', by: 'start-timeout' },
        async (sys) => {
          const options = { thread: 'shared', name: 'culprit', startTimeout: 1 } as const;
          return actorFailure('ERR_ACTOR_START_TIMEOUT', sys.spawn(never, options));
        },
      ],
      [
        'since the signal of one is aborted',
        { kind: 'killed', by: 'signal' },
        async (sys) => {
          const { signal, abort } = aborting();
          const options = { thread: 'shared', name: 'culprit', signal } as const;
          const culprit = await sys.spawn<typeof Counter>(counter, options);
          abort();
          return culprit.done;
        },
      ],
    ];
    for (const [why, own, end] of culprits) {
      it(`dies because of it, ${why}, and comes back if it is supervised`, async () => {
        const sys = await open();
        const [plain, supervised] = await Promise.all(
          [undefined, {}].map((supervise) =>
            sys.spawn<typeof Counter>(counter, { thread: 'shared', supervise }),
          ),
        );
        const death = new Promise<Death>((resolve) => supervised!.watch(resolve));
        const ended = await end(sys);
        if (!(ended instanceof Error)) expect(ended).to.deep.equal(own);
        const reason = { kind: 'killed', by: 'neighbour', neighbour: 'culprit' };
        expect(await plain!.done).to.deep.equal(reason);
        expect(await death).to.deep.include({ reason, comesBack: true });
        expect(await supervised!.ask('restarts', null)).to.equal(1);
        const error = await actorFailure('ERR_ACTOR_DIED', plain!.ask('count', null));
        expect(error.message).to.include('because of culprit');
      });
    }

    it('is none if the signal of another was aborted before', async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, { thread: 'shared', supervise: {} });
      const signal = AbortSignal.abort(new Error('changed my mind'));
      const refused = sys.spawn(counter, { thread: 'shared', signal });
      expect(await refused.catch((error: unknown) => error)).to.equal(signal.reason);
      expect(await count.ask('restarts', null)).to.equal(0);
    });

    it('is none if another cannot be set up', async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, { thread: 'shared', supervise: {} });
      const options = { thread: 'shared', data: 'fail' } as const;
      await actorFailure('ERR_ACTOR_DIED', sys.spawn(counter, options));
      expect(await count.ask('restarts', null)).to.equal(0);
      expect(await count.ask('count', null)).to.equal(0);
    });

    it('is none if another is a task, which is refused before it runs', async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, { thread: 'shared', supervise: {} });
      await count.tell('add', 5);
      const run = gate();
      const task = source(`export default (pipe, sockets, words) => {
        Atomics.store(words, 1, 1);
        pipe.signal();
        return pipe.receive();
      }`);
      for (const thread of ['shared', 'own'] as const) {
        const options = { thread, data: run.words };
        const error = await actorFailure('ERR_ACTOR_NOT_FUNCTION', sys.spawn(task, options));
        expect(error.message).to.include('is not an actor, but a task');
      }
      expect(await count.ask('count', null)).to.equal(5);
      expect(await count.ask('restarts', null)).to.equal(0);
      expect(Atomics.load(run.words, 1)).to.equal(0);
    });

    it('is not given another meanwhile', async () => {
      const sys = await open();
      const { signal, abort } = aborting();
      const culprit = await sys.spawn<typeof Counter>(counter, { thread: 'shared', signal });
      abort();
      const other = await sys.spawn<typeof Counter>(counter, { thread: 'shared' });
      await culprit.done;
      expect(await other.ask('count', null)).to.equal(0);
    });
  });

  it('leaves nothing behind in a thread of several', async () => {
    const sys = await open();
    const home = new URL('../../src/', import.meta.url).href;
    const counting = source(`import { actor } from '${home}actors.js';
      import { coreOf } from '${home}runtime/context/context.js';
      export default actor()({
        on: { wakes: (_, _state, { sockets }) => coreOf(sockets.context).wakes.size },
      });`);
    const stays = await sys.spawn(counting, { thread: 'shared' });
    const { length } = sys.context.stats().threads;
    for (let i = 0; i < 3; i++) {
      const goes = await sys.spawn<typeof Counter>(counter, { thread: 'shared' });
      await goes.stop();
    }
    expect(await stays.ask('wakes', null)).to.equal(1);
    expect(sys.context.stats().threads).to.have.length(length);
  });

  it('has several instances behind one mailbox', async () => {
    const sys = await open();
    const blocked = gate();
    const options = { threads: 3, data: blocked.buffer };
    const count = await sys.spawn<typeof Counter>(counter, options);
    for (let i = 0; i < 2; i++) await count.tell('wait', null);
    await blocked.waits(2);
    // Two are blocked, and the third answers.
    for (let i = 0; i < 100; i++) expect(await count.ask('count', null)).to.equal(0);
    blocked.open();
  });

  for (const light of [0, 100]) {
    it(`of several instances gives one that blocks, after ${light} light messages, nothing that another could do`, async () => {
      const sys = await open();
      const blocked = gate();
      const options = { threads: 2, data: blocked.buffer };
      const count = await sys.spawn<typeof Counter>(counter, options);
      const askAll = (times: number): Promise<unknown> =>
        Promise.all(Array.from({ length: times }, () => count.ask('count', null)));
      // Then it is known how quick they are.
      await askAll(light);
      await count.tell('wait', null);
      await blocked.waits(1);
      // It has been at it for long by then; of the first nobody knows how long they take.
      for (const until = performance.now() + light; performance.now() < until;) {
        await count.ask('count', null);
      }
      await askAll(100);
      blocked.open();
    });
  }

  it('refuses what it has no handler for', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter);
    await actorFailure('ERR_ACTOR_METHOD', count.ask('toString' as 'count', null));
    await count.tell('constructor' as 'add', 1);
    expect(await count.ask('count', null)).to.equal(0);
    expect(sys.deadLetters.counts.decode).to.equal(1);
  });

  it('cannot be sent what cannot be cloned', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter);
    await actorFailure('ERR_ACTOR_CLONE', count.tell('note', (() => 1) as unknown as string));
    await actorFailure(
      'ERR_ACTOR_CLONE',
      count.ask('echo', () => 1),
    );
    // Nor can an answer.
    const text = `import { actor } from '${new URL('../../src/actors.js', import.meta.url).href}';
      export default actor()({ on: { get: () => () => 1 } });`;
    const other = await sys.spawn(source(text), { at: 'inproc://other' });
    await actorFailure('ERR_ACTOR_CLONE', other.ask('get', null));
  });

  it('takes a message that no pipe of its context can hold at once', async () => {
    const sys = await open({ arenaSize: 2 ** 24 });
    const count = await sys.spawn<typeof Counter>(counter);
    await count.tell('note', 'x');
    expect(await count.ask('noted', 'x'.repeat(3 << 20))).to.equal(2);
    // An answer cannot go in pieces: the mailbox does not wait for one of many.
    const failure = await count.ask('seen', null).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'EMSGSIZE');
    expect(await count.ask('count', null)).to.equal(0);
  });

  it('has its event loop turn in between, however many messages wait for it', async () => {
    const text = `import { actor } from '${new URL('../../src/actors.js', import.meta.url).href}';
      let turns = 0;
      const turn = () => { turns++; setImmediate(turn); };
      turn();
      const compute = (milliseconds) => {
        for (const until = performance.now() + milliseconds; performance.now() < until; );
      };
      export default actor()({ on: { turns: () => { compute(0.5); return turns; } } });`;
    const sys = await open();
    const busy = await sys.spawn<Turning>(source(text));
    const asking = Array.from({ length: 900 }, () => busy.ask('turns', null));
    const turns = await Promise.all(asking);
    // The first messages may find it idle again and again.
    expect(turns.at(-1)).to.be.greaterThan(turns[200]!);
  });

  it('does not answer in time, or before a signal', async () => {
    const sys = await open();
    const blocked = gate();
    const count = await sys.spawn<typeof Counter>(counter, { data: blocked.buffer });
    await count.tell('wait', null);
    await actorFailure('ERR_ACTOR_TIMEOUT', count.ask('count', null, { timeout: 1 }));
    const controller = new AbortController();
    const asking = count.ask('count', null, { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    expect(await asking.catch((error: unknown) => error)).to.equal(controller.signal.reason);
    blocked.open();
    expect(await count.ask('count', null)).to.equal(0);
    // Both had been sent, and have been answered by now.
    expect(sys.deadLetters.counts.timeout).to.equal(2);
  });

  describe('with a full mailbox', () => {
    const full = async (options: RefOptions) => {
      const sys = await open();
      const blocked = gate();
      const spawning = { at: 'inproc://counter', data: blocked.buffer };
      const count = await sys.spawn<typeof Counter>(counter, spawning);
      await count.tell('wait', null);
      const sender = sys.ref<typeof Counter>('inproc://counter', options);
      return { sys, sender, blocked };
    };

    it('has its senders wait, by number', async () => {
      const { sender, blocked } = await full({ hwm: { messages: 10 } });
      for (let i = 0; i < 10; i++) await sender.tell('add', 1);
      let late = false;
      const eleventh = sender.tell('add', 1).then(() => (late = true));
      const controller = new AbortController();
      const aborted = sender.tell('add', 1, { signal: controller.signal });
      controller.abort(new Error('changed my mind'));
      expect(await aborted.catch((error: unknown) => error)).to.equal(controller.signal.reason);
      await new Promise((resolve) => setImmediate(resolve));
      expect(late).to.equal(false);
      blocked.open();
      await eleventh;
      expect(await sender.ask('count', null)).to.equal(11);
    });

    it('has its senders wait, by bytes, and takes one that is larger alone', async () => {
      const { sender, blocked } = await full({ hwm: { bytes: 10_000 } });
      // What makes a body of each text is the same few bytes.
      for (let i = 0; i < 2; i++) await sender.tell('note', 'x'.repeat(4_000));
      const arrived: string[] = [];
      const tell = (name: string, text: string): Promise<void> =>
        sender.tell('note', text).then(() => void arrived.push(name));
      const third = tell('third', 'x'.repeat(4_000));
      // It would have found room, but it comes behind one that waits.
      const fourth = tell('fourth', 'x');
      const large = tell('large', 'x'.repeat(20_000));
      const controller = new AbortController();
      const aborted = sender.tell('note', 'x', { signal: controller.signal });
      controller.abort(new Error('changed my mind'));
      expect(await aborted.catch((error: unknown) => error)).to.equal(controller.signal.reason);
      await new Promise((resolve) => setImmediate(resolve));
      expect(arrived).to.deep.equal([]);
      blocked.open();
      await Promise.all([third, fourth, large]);
      expect(arrived).to.deep.equal(['third', 'fourth', 'large']);
      const seen = await sender.ask('seen', null);
      expect(seen.map(({ length }) => length)).to.deep.equal([4_000, 4_000, 4_000, 1, 20_000]);
    });

    it('lets its senders go on in the order of their calls, whatever they send', async () => {
      const { sender, blocked } = await full({ hwm: { messages: 4 } });
      for (let i = 0; i < 4; i++) await sender.tell('note', `${i}`);
      const waiting: Promise<unknown>[] = [];
      for (let i = 4; i < 12; i++) {
        waiting.push(i % 2 === 0 ? sender.ask('noted', `${i}`) : sender.tell('note', `${i}`));
      }
      // Whoever calls as soon as one of them is through has found others waiting, or comes behind them.
      const last = waiting[0]!.then(() => sender.tell('note', '12'));
      blocked.open();
      await Promise.all([...waiting, last]);
      const seen = await sender.ask('seen', null);
      expect(seen).to.deep.equal(Array.from({ length: 13 }, (_, i) => `${i}`));
    });

    it('is sent nothing by those who wait and give up with one signal', async () => {
      const { sender, blocked } = await full({ hwm: { bytes: 10_000 } });
      await sender.tell('note', 'x'.repeat(9_000));
      const { signal, abort } = aborting();
      const reasons = Promise.allSettled([
        sender.ask('noted', 'x'.repeat(5_000), { signal }),
        // It has room as soon as the first has given up.
        sender.ask('noted', 'x'.repeat(500), { signal }),
        sender.tell('note', 'x'.repeat(500), { signal }),
      ]);
      abort();
      for (const { status } of await reasons) expect(status).to.equal('rejected');
      blocked.open();
      expect((await sender.ask('seen', null)).length).to.equal(1);
    });

    it('tells those who wait of room that it would not have told of yet', async () => {
      const { sender, blocked } = await full({ hwm: { bytes: 10_000 } });
      // Less than it tells of by itself.
      await sender.tell('note', 'x'.repeat(1_000));
      const large = sender.tell('note', 'x'.repeat(20_000));
      blocked.open();
      await large;
      // It has begun that one, too, and been silent about it.
      expect(await sender.ask('echo', 'x')).to.equal('x');
      await sender.tell('note', 'x'.repeat(2_000));
      await sender.tell('note', 'x'.repeat(9_000));
      const seen = await sender.ask('seen', null);
      expect(seen.map(({ length }) => length)).to.deep.equal([1_000, 20_000, 2_000, 9_000]);
    });

    for (const [what, hwm, text] of [
      ['number', { messages: 2 }, 'x'],
      ['bytes', { bytes: 10_000 }, 'x'.repeat(4_000)],
    ] as const) {
      it(`refuses what finds no room by ${what}, if so told, until there is some`, async () => {
        const { sys, sender, blocked } = await full({ hwm, full: 'error' });
        for (let i = 0; i < 2; i++) await sender.tell('note', text);
        await actorFailure('ERR_ACTOR_FULL', sender.tell('note', text));
        await actorFailure('ERR_ACTOR_FULL', sender.ask('echo', text));
        blocked.open();
        // They have been begun by then, but the sender may not know.
        let taken = false;
        while (!taken) {
          const telling = sender.tell('note', 'last').then(() => (taken = true));
          await telling.catch((error: unknown) => {
            expect(error).to.have.property('code', 'ERR_ACTOR_FULL');
          });
          await new Promise((resolve) => setImmediate(resolve));
        }
        const other = sys.ref<typeof Counter>('inproc://counter');
        expect(await other.ask('seen', null)).to.deep.equal([text, text, 'last']);
        expect(sys.deadLetters.count).to.equal(0);
      });
    }

    it('makes dead letters of what finds no room, if so told', async () => {
      const { sys, sender, blocked } = await full({ hwm: { messages: 2 }, full: 'drop' });
      const letters: string[] = [];
      const off = sys.deadLetters.on(({ reason, message }) => letters.push(`${reason} ${message}`));
      for (let i = 0; i < 5; i++) await sender.tell('add', 1);
      expect(letters).to.deep.equal(['hwm add', 'hwm add', 'hwm add']);
      expect(sys.deadLetters.counts.hwm).to.equal(3);
      await actorFailure('ERR_ACTOR_FULL', sender.ask('count', null));
      off();
      blocked.open();
    });
  });

  for (const endpoint of ['tcp://127.0.0.1:*', ...inFiles]) {
    const transport = endpoint.slice(0, 3);

    it(`serves another process over ${transport}, unchanged`, async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, { at: endpoint });
      const actors = new URL('../../src/actors.js', import.meta.url).href;
      const other = new ProcessElsewhere(
        async (_library, line, { actors, endpoint }: { actors: string; endpoint: string }) => {
          const { system } = (await import(actors)) as typeof import('../../src/actors.js');
          const sys = await system({ warm: 0 });
          const count = sys.ref<typeof Counter>(endpoint);
          await count.tell('add', 4);
          line.post(await count.ask('count', null));
          line.post(
            await count
              .ask('refuse', 'no')
              .catch((error: unknown) => [
                (error as Error).constructor.name,
                (error as { code: string }).code,
              ]),
          );
          const died = new Promise((resolve) => count.watch(({ reason }) => resolve(reason.kind)));
          line.post(
            await count.ask('leave', 3).catch((error: unknown) => (error as { code: string }).code),
          );
          line.post(await died);
          await sys.shutdown();
        },
        { actors, endpoint: count.endpoint },
      );
      expect(await other.next()).to.equal(4);
      expect(await other.next()).to.deep.equal(['RangeError', 'EREFUSED']);
      expect(await other.next()).to.equal('ERR_ACTOR_DIED');
      expect(await other.next()).to.equal('exit');
      const { code, stderr } = await other.ended;
      expect([code, stderr]).to.deep.equal([0, '']);
    });

    it(`comes back for another process over ${transport}, whose reference stays`, async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, {
        ...{ at: endpoint, supervise: { max: 10, backoff: [0, 0] } },
      });
      const actors = new URL('../../src/actors.js', import.meta.url).href;
      const other = new ProcessElsewhere(
        async (_library, line, { actors, endpoint }: { actors: string; endpoint: string }) => {
          const { system } = (await import(actors)) as typeof import('../../src/actors.js');
          const sys = await system({ warm: 0 });
          const count = sys.ref<typeof Counter>(endpoint);
          const deaths: [string, boolean][] = [];
          count.watch(({ reason, comesBack }) => deaths.push([reason.kind, comesBack]));
          for (const dies of [
            () => count.ask('leave', 3),
            () => count.tell('fail', 'as it was told'),
            () => count.ask('leave', 4),
          ]) {
            await count.tell('add', 1);
            const failed = await dies().catch((error: unknown) => (error as { code: string }).code);
            // It waits in the mailbox until the actor is back.
            line.post([failed, await count.ask('restarts', null), await count.ask('count', null)]);
          }
          line.post(deaths);
          await sys.shutdown();
        },
        { actors, endpoint: count.endpoint },
      );
      expect(await other.next()).to.deep.equal(['ERR_ACTOR_DIED', 1, 0]);
      expect(await other.next()).to.deep.equal([undefined, 2, 0]);
      expect(await other.next()).to.deep.equal(['ERR_ACTOR_DIED', 3, 0]);
      expect(await other.next()).to.deep.equal([
        ['exit', true],
        ['error', true],
        ['exit', true],
      ]);
      const { code, stderr } = await other.ended;
      expect([code, stderr]).to.deep.equal([0, '']);
      expect(count.restarts).to.equal(3);
    });

    it(`that is gone fails asks over ${transport} at once`, async () => {
      const actors = new URL('../../src/actors.js', import.meta.url).href;
      const other = new ProcessElsewhere(
        async (_library, line, [actors, module, at]: [string, string, string]) => {
          const { system } = (await import(actors)) as typeof import('../../src/actors.js');
          const sys = await system();
          line.post((await sys.spawn<typeof Counter>(module, { at })).endpoint);
        },
        [actors, counter.href, endpoint],
      );
      const sys = await open();
      const count = sys.ref<typeof Counter>(await other.next<string>());
      expect(await count.ask('count', null)).to.equal(0);
      const asking = actorFailure(
        'ERR_ACTOR_UNREACHABLE',
        count.ask('never', null, { timeout: Infinity }),
      );
      await count.tell('add', 1);
      await other.kill();
      await asking;
    });

    it(`is not harmed by strangers over ${transport}`, async () => {
      const sys = await open();
      const count = await sys.spawn<typeof Counter>(counter, { at: endpoint });
      const stranger = new Dealer({ context: sys.context });
      stranger.connect(count.endpoint);
      const kinds = Array.from({ length: 20 }, (_, kind) => Buffer.from([kind, 0, 0, 0, 0, 97]));
      for (const message of ['', 'x', ['', ''], Buffer.alloc(300, 255), ...kinds]) {
        await stranger.send(message);
      }
      for (const kind of [1, 2]) {
        const head = Buffer.concat([Buffer.from([kind, 0, 0, 0, 9]), Buffer.from('echo')]);
        await stranger.send([head, 'no clone of anything']);
        await stranger.send([head]);
      }
      // Answers to what it asked come to the stranger, and the actor lives.
      let failures = 0;
      while (failures < 3) if ((await stranger.receive())[0]![0] === 6) failures++;
      expect(await count.ask('count', null)).to.equal(0);
      expect(sys.deadLetters.counts.decode).to.be.greaterThan(3);
      stranger.close();
    });
  }

  it('answers other threads in the same context', async () => {
    const count = await spawn<typeof Counter>(counter, { at: 'inproc://shared-counter' });
    const actors = new URL('../../src/actors.js', import.meta.url).href;
    const other = new ThreadElsewhere(async (_library, line, actors: string) => {
      const { ref } = (await import(actors)) as typeof import('../../src/actors.js');
      const count = ref<typeof Counter>('inproc://shared-counter');
      await count.tell('add', 5);
      line.post(await count.ask('count', null));
      count.close();
    }, actors);
    expect(await other.next()).to.equal(5);
    await other.ended;
    const here = ref<typeof Counter>('inproc://shared-counter');
    expect(await here.ask('count', null)).to.equal(5);
    here.close();
    await count[Symbol.asyncDispose]();
  });

  it('dies with the thread that has started it, and everyone in the process hears so at once', async () => {
    const actors = new URL('../../src/actors.js', import.meta.url).href;
    const blocked = gate();
    const other = new ThreadElsewhere(
      async (_library, line, [actors, module, data]: [string, string, SharedArrayBuffer]) => {
        const { spawn } = (await import(actors)) as typeof import('../../src/actors.js');
        await spawn<typeof Counter>(module, { at: 'inproc://held', data });
        line.post('started');
        await line.next();
      },
      [actors, counter.href, blocked.buffer],
    );
    expect(await other.next()).to.equal('started');
    const refs = [{}, {}, { hwm: { messages: 1 } }, {}].map((options) =>
      ref<typeof Counter>('inproc://held', options),
    );
    const [asking, watching, telling, idle] = refs as [Ref, Ref, Ref, Ref];
    // It has heard nothing of what comes back.
    await idle.tell('add', 1);
    const died = new Promise<Death>((resolve) => watching.watch(resolve));
    await asking.tell('wait', null);
    await blocked.waits(1);
    const asked = asking.ask('count', null, { timeout: Infinity });
    await telling.tell('add', 1);
    const told = telling.tell('add', 1);
    const failures = [asked, told].map((call) => actorFailure('ERR_ACTOR_DIED', call));
    await other.kill();
    await Promise.all(failures);
    const { reason, comesBack } = await died;
    expect(comesBack).to.equal(false);
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.include({ name: 'ActorError', code: 'ERR_ACTOR_DIED' });
    for (const each of refs) {
      await actorFailure('ERR_ACTOR_DIED', each.tell('add', 1));
      await actorFailure('ERR_ACTOR_DIED', each.ask('count', null));
      expect(() => each.watch(() => undefined))
        .to.throw()
        .with.property('code', 'ERR_ACTOR_DIED');
      each.close();
    }
  });

  it('cannot have an endpoint that is taken, or what is none', async () => {
    const sys = await open();
    await sys.spawn(counter, { at: 'inproc://taken' });
    const again = await sys.spawn(counter, { at: 'inproc://taken' }).catch((e: unknown) => e);
    expect(again).to.include({ name: 'ZmqError', code: 'EADDRINUSE' });
    const nowhere = await sys.spawn(counter, { at: 'nowhere' }).catch((e: unknown) => e);
    expect(nowhere).to.include({ name: 'ZmqError', code: 'EINVAL' });
    await actorFailure(
      'ERR_ACTOR_NOT_FUNCTION',
      sys.spawn(module('tasks/echo'), { at: 'inproc://no-actor' }),
    );
    // The names are free again.
    expect((await sys.spawn(counter)).name).to.equal('counter-2');
  });

  it('does not keep a process that waits for nothing', async () => {
    const sys = await open();
    const count = await sys.spawn<typeof Counter>(counter, { at: 'tcp://127.0.0.1:*' });
    const actors = new URL('../../src/actors.js', import.meta.url).href;
    const other = new ProcessElsewhere(
      async (_library, line, { actors, endpoint }: { actors: string; endpoint: string }) => {
        const { ref } = (await import(actors)) as typeof import('../../src/actors.js');
        const count = ref<typeof Counter>(endpoint);
        await count.tell('add', 1);
        line.post(await count.ask('count', null));
      },
      { actors, endpoint: count.endpoint },
    );
    expect(await other.next()).to.equal(1);
    expect((await other.ended).code).to.equal(0);
  });
});

// Types: compiled, and never run.
export async function types(count: ActorHandle<typeof Counter>): Promise<void> {
  const answer: number = await count.ask('count', null);
  const about: { name: string; data: unknown; restarts: number } = await count.ask('about', null);
  await count.tell('add', answer);
  // @ts-expect-error there is no such message
  await count.tell('subtract', 1);
  // @ts-expect-error it is a number
  await count.tell('add', about.name);
  // @ts-expect-error it is asked, not told
  await count.tell('count', null);
  // @ts-expect-error it is told, not asked
  await count.ask('add', 1);
  // @ts-expect-error the answer is a number
  await count.tell('note', await count.ask('count', null));
}
