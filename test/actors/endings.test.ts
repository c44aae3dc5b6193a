import { expect } from 'chai';
import { serialize } from 'node:v8';
import { type ActorHandle, type DeadLetter, type Death, type System } from '../../src/actors.js';
import { Dealer } from '../../src/index.js';
import { ASK, FAILURE, header, readHeader, TELL } from '../../src/patterns/actor/wire.js';
import type Counter from './actors/counter.js';
import { actorFailure } from './support/actor-failure.js';
import { type Gate, gate } from './support/gate.js';
import { endSystems, module, open, source } from './support/systems.js';

const ACTORS = new URL('../../src/actors.js', import.meta.url).href;

/** Waits at its gate before it is back, and says in the second word that it has come to its end. */
const RETURNING = source(`import { actor } from '${ACTORS}';
  export default actor()({
    setup: ({ data, restarts }) => {
      const words = new Int32Array(data);
      if (restarts > 0) {
        Atomics.add(words, 1, 1);
        Atomics.notify(words, 1);
        Atomics.wait(words, 0, 0);
      }
      return words;
    },
    on: {
      fail: (text) => { throw new RangeError(text); },
      restarts: (_, _state, { restarts }) => restarts,
    },
    stop: (words) => Atomics.store(words, 1, -1),
  });`);

describe('An actor that is being started', () => {
  afterEach(endSystems);

  /** In a system that has one thread at most. */
  async function restarting(): Promise<{ sys: System; actor: ActorHandle; back: Gate }> {
    const sys = await open({ warm: 0, maxThreads: 1 });
    const back = gate();
    const actor = await sys.spawn(RETURNING, { data: back.buffer, supervise: {} });
    await actor.tell('fail', 'at once');
    await back.waits(1);
    return { sys, actor, back };
  }

  it('comes back to handle what is in its mailbox when it is stopped, and ends', async () => {
    const { actor, back } = await restarting();
    const asking = actor.ask('restarts', null);
    const stopping = actor.stop();
    back.open();
    expect(await asking).to.equal(1);
    expect(await stopping).to.deep.equal({ kind: 'stopped' });
    expect(back.words[1]).to.equal(-1);
  });

  it('is seen off when it is stopped and nothing is in its mailbox', async () => {
    const { sys, actor, back } = await restarting();
    const stopping = actor.stop();
    back.open();
    expect(await stopping).to.deep.equal({ kind: 'stopped' });
    expect(back.words[1]).to.equal(-1);
    // Its thread is another's.
    await sys.spawn(
      source('export default async (pipe) => { pipe.signal(); await pipe.receive(); }'),
    );
  });

  it('is ended by force if it is not back in the time that it has to stop', async () => {
    const { sys, actor } = await restarting();
    const asking = actorFailure('ERR_ACTOR_DIED', actor.ask('restarts', null));
    const { forced, dropped } = await sys.shutdown({ timeout: 10 });
    expect(forced).to.deep.equal([actor.name]);
    expect(dropped).to.deep.equal([{ name: actor.name, messages: 1 }]);
    await asking;
  });

  it('is killed before it is back', async () => {
    const { sys, actor } = await restarting();
    expect(await actor.kill()).to.deep.equal({ kind: 'killed', by: 'kill' });
    await sys.spawn(
      source('export default async (pipe) => { pipe.signal(); await pipe.receive(); }'),
    );
  });

  it('ends when its group is given up', async () => {
    const sys = await open();
    const group = sys.supervisor({ max: 1, within: 600_000, backoff: [0, 0] });
    const [back, other] = [gate(), gate()];
    const actor = await group.spawn(RETURNING, { data: back.buffer });
    const dying = await group.spawn(RETURNING, { data: other.buffer });
    await actor.tell('fail', 'the first');
    await back.waits(1);
    await dying.tell('fail', 'the second');
    await dying.done;
    back.open();
    const reason = await actor.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.have.property('code', 'ERR_ACTOR_RESTARTS');
    expect(back.words[1]).to.equal(-1);
  });

  it('is not there if its system is shut down while it is spawned', async () => {
    const sys = await open({ warm: 0 });
    const slow = source(`import { actor } from '${ACTORS}';
      export default actor()({
        setup: ({ data }) => {
          const words = new Int32Array(data);
          Atomics.add(words, 1, 1);
          Atomics.notify(words, 1);
          Atomics.wait(words, 0, 0);
        },
        on: {},
      });`);
    const blocked = gate();
    const options = { at: 'inproc://slow', name: 'slow', data: blocked.buffer };
    const starting = actorFailure('ERR_ACTOR_STOPPED', sys.spawn(slow, options));
    await blocked.waits(1);
    const shutdown = sys.shutdown();
    blocked.open();
    await starting;
    const { drained, forced } = await shutdown;
    expect([drained, forced]).to.deep.equal([['slow'], []]);
  });
});

describe('What dies while it is being stopped', () => {
  afterEach(endSystems);

  /** The last that a reference hears of its actor. */
  function lastDeath(actor: ActorHandle): Promise<Death> {
    return new Promise((resolve) => {
      actor.watch((death) => !death.comesBack && resolve(death));
    });
  }

  it('an actor, of a message that was still in its mailbox', async () => {
    const sys = await open();
    const blocked = gate();
    const count = await sys.spawn<typeof Counter>(module('actors/counter'), {
      data: blocked.buffer,
      // It does not come back for the rest.
      supervise: {},
    });
    const death = lastDeath(count);
    await count.tell('wait', null);
    await blocked.waits(1);
    await count.tell('fail', 'not so');
    const asking = actorFailure('ERR_ACTOR_DIED', count.ask('count', null));
    const shutdown = sys.shutdown();
    blocked.open();
    const { drained, forced, dropped } = await shutdown;
    expect([drained, forced]).to.deep.equal([[], ['counter']]);
    expect(dropped).to.deep.equal([{ name: 'counter', messages: 1 }]);
    const reason = await count.done;
    if (reason.kind !== 'error') expect.fail(reason.kind);
    expect(reason.error).to.be.instanceOf(RangeError).with.property('message', 'not so');
    expect((await asking).cause).to.be.instanceOf(RangeError);
    expect((await death).reason.kind).to.equal('error');
  });

  for (const thread of ['own', 'shared'] as const) {
    it(`an actor on a thread of ${thread === 'own' ? 'its own' : 'several'}, of what its stop throws`, async () => {
      const sys = await open();
      const wrong = source(`import { actor } from '${ACTORS}';
        export default actor()({ on: {}, stop: () => { throw new RangeError('not so'); } });`);
      const actor = await sys.spawn(wrong, { at: 'inproc://wrong', thread });
      const death = lastDeath(actor);
      for (const reason of [await actor.stop(), await actor.done, (await death).reason]) {
        if (reason.kind !== 'error') expect.fail(reason.kind);
        expect(reason.error).to.be.instanceOf(RangeError).with.property('message', 'not so');
      }
    });
  }

  it('one of several instances', async () => {
    const sys = await open();
    const wrong = source(`import { actor } from '${ACTORS}';
      export default actor()({
        on: {},
        stop: (_, { data }) => {
          if (Atomics.add(new Int32Array(data), 1, 1) === 0) process.exit(3);
        },
      });`);
    const { buffer } = gate();
    const actor = await sys.spawn(wrong, { at: 'inproc://wrong', threads: 2, data: buffer });
    expect(await actor.stop()).to.deep.equal({ kind: 'exit', exitCode: 3 });
  });

  it('a task, of what it throws', async () => {
    const sys = await open();
    const waiting = 'pipe.signal(); await pipe.receive();';
    const wrong = source(
      `export default async (pipe) => { ${waiting} throw new RangeError('no'); }`,
    );
    const exiting = source(`export default async (pipe) => { ${waiting} process.exit(0); }`);
    const task = await sys.spawn(wrong, { name: 'wrong' });
    await sys.spawn(exiting, { name: 'exiting' });
    const { drained, forced } = await sys.shutdown();
    expect([drained, forced]).to.deep.equal([['exiting'], ['wrong']]);
    expect((await task.done).kind).to.equal('error');
  });
});

describe('Dead letters', () => {
  afterEach(endSystems);

  it('are answers whose receivers have gone', async () => {
    const sys = await open();
    const blocked = gate();
    const count = await sys.spawn<typeof Counter>(module('actors/counter'), {
      at: 'inproc://counter',
      data: blocked.buffer,
    });
    await count.tell('wait', null);
    await blocked.waits(1);
    const gone = sys.ref<typeof Counter>('inproc://counter');
    const asking = actorFailure('ERR_ACTOR_STOPPED', gone.ask('count', null));
    // When the question is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    gone.close();
    await asking;
    const letters: DeadLetter[] = [];
    sys.deadLetters.on((letter) => letters.push(letter));
    blocked.open();
    expect(await count.ask('count', null)).to.equal(0);
    expect(letters).to.deep.equal([{ reason: 'no-route', to: 'counter', message: 'count' }]);
    expect(sys.deadLetters.counts).to.include({ 'no-route': 1 });
    expect(sys.deadLetters.count).to.equal(1);
  });

  it('are messages that come when an actor is at its end', async () => {
    const sys = await open();
    const ending = source(`import { actor } from '${ACTORS}';
      export default actor()({
        on: { note: () => undefined, get: () => 1 },
        stop: (_, { data }) => {
          const words = new Int32Array(data);
          Atomics.add(words, 1, 1);
          Atomics.notify(words, 1);
          Atomics.wait(words, 0, 0);
        },
      });`);
    const blocked = gate();
    const actor = await sys.spawn(ending, {
      at: 'inproc://ending',
      name: 'ending',
      data: blocked.buffer,
    });
    const shutdown = sys.shutdown();
    await blocked.waits(1);
    // From elsewhere: it has not heard of the end.
    const late = new Dealer({ context: sys.context });
    late.connect(actor.endpoint);
    for (const name of ['note', 'note']) await late.send([header(TELL, 0, name), serialize(1)]);
    await late.send([header(ASK, 7, 'get'), serialize(1)]);
    const answer = late.receive();
    blocked.open();
    // The request is answered.
    expect(readHeader((await answer)[0])).to.include({ kind: FAILURE, number: 7 });
    late.close();
    const { drained, dropped } = await shutdown;
    expect(drained).to.deep.equal(['ending']);
    expect(dropped).to.deep.equal([{ name: 'ending', messages: 3 }]);
    expect(sys.deadLetters.counts).to.include({ stopped: 2 });
    expect(sys.deadLetters.count).to.equal(2);
  });
});
