import { expect } from 'chai';
import { Pair } from '../../src/index.js';
import { HandlePipe } from '../../src/patterns/actor/handle-pipe.js';
import { useStage } from '../support/stage.js';

describe("The handle's end of a task's pipe", () => {
  const stage = useStage();

  for (const form of ['receive', 'receiveLease'] as const) {
    it(`gives what has come to who waits by ${form}, and the end to those behind`, async () => {
      const { context } = stage;
      const pipe = new HandlePipe('task', () => undefined, { context, linger: 0 });
      await pipe.bind('inproc://task');
      const task = new Pair({ context, linger: 0 });
      task.connect('inproc://task');
      const [first, second] = [pipe[form](), pipe[form]()];
      // It is published, and nobody has looked yet.
      task.trySend('last');
      pipe.over({ kind: 'exit', exitCode: 1 });
      expect((await first).length).to.equal(1);
      const failure = await second.catch((error: unknown) => error);
      expect(failure).to.have.property('code', 'ERR_ACTOR_DIED');
      expect(pipe.closed).to.equal(true);
      task.close();
    });
  }
});
