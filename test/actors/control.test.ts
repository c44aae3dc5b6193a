import { expect } from 'chai';
import { type ActorHandle } from '../../src/actors.js';
import { Push } from '../../src/index.js';
import type Listener from './actors/listener.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open } from './support/systems.js';

const listener = module('actors/listener');

for (const thread of ['own', 'shared'] as const) {
  describe(`The control methods of an actor on a thread of ${thread === 'own' ? 'its own' : 'several'}`, () => {
    afterEach(endSystems);

    it('are called beside its messages', async () => {
      const sys = await open();
      const actor = await sys.spawn<typeof Listener>(listener, { thread });
      const control = actor.control();
      await control.configure('> ');
      expect(await control.later()).to.equal('> ');
      expect(await control.snapshot()).to.equal(0);
    });

    it('answer while it blocks in receiveSync', async () => {
      const sys = await open();
      const actor = await sys.spawn<typeof Listener>(listener, { thread });
      const asking = actor.ask('listen', 'inproc://heard');
      const push = new Push({ context: sys.context });
      push.connect('inproc://heard');
      await push.send('a');
      const control = actor.control();
      // The first is the answer of a thread that may not block yet; then it does, between two messages.
      while ((await control.snapshot()) !== 1)
        await new Promise((resolve) => setImmediate(resolve));
      await control.configure('> ');
      const refused: unknown = await control.refuse('no').catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RangeError).and.include({ message: 'no', code: 'EREFUSED' });
      await push.sendMany(['b', 'end']);
      expect(await asking).to.deep.equal(['a', '> b']);
      push.close();
    });

    it('fail at once when it dies, and go on with its next incarnation', async () => {
      const sys = await open();
      const actor = await sys.spawn<typeof Listener>(listener, { thread, supervise: {} });
      await actor.control().configure('x');
      const waiting = actorFailure('ERR_ACTOR_DIED', actor.control().never());
      await actor.tell('die', null);
      await waiting;
      // Behind its restart.
      await actorFailure('ERR_ACTOR_METHOD', actor.ask('none' as 'listen', ''));
      expect(await actor.control().later()).to.equal('');
      await actor.stop();
      await actorFailure('ERR_ACTOR_DIED', actor.control().snapshot());
    });

    it('are given up in time, or by a signal', async () => {
      const sys = await open();
      const actor = await sys.spawn<typeof Listener>(listener, { thread });
      await actorFailure('ERR_ACTOR_TIMEOUT', actor.control({ timeout: 1 }).never());
      const controller = new AbortController();
      const never = actor.control({ signal: controller.signal }).never();
      controller.abort(new Error('changed my mind'));
      expect(await never.catch((error: unknown) => error)).to.equal(controller.signal.reason);
    });

    it('refuse what they do not have, and what cannot be cloned', async () => {
      const sys = await open();
      const actor = await sys.spawn<typeof Listener>(listener, { thread });
      const control = actor.control();
      const untyped = control as unknown as Record<
        string,
        (...args: unknown[]) => Promise<unknown>
      >;
      for (const method of ['none', 'toString', 'constructor']) {
        await actorFailure('ERR_ACTOR_METHOD', untyped[method]!());
      }
      await actorFailure(
        'ERR_ACTOR_CLONE',
        untyped.configure!(() => 1),
      );
      await actorFailure('ERR_ACTOR_CLONE', control.secret());
      expect(await control.snapshot()).to.equal(0);
    });
  });
}

// Types: compiled, and never run.
export async function types(actor: ActorHandle<typeof Listener>): Promise<void> {
  const count: number = await actor.control().snapshot();
  await actor.control({ timeout: count }).configure('x');
  // @ts-expect-error it is a string
  await actor.control().configure(count);
}
