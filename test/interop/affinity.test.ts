import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

describe('affinity, in a context with one I/O worker', () => {
  const stage = useTidySharedStage();
  const ends: Partial<Record<'ours' | 'libzmq’s', End>> = {};

  before(() => {
    ends.ours = here(new Performer({ context: stage.context, linger: 0 }));
    ends['libzmq’s'] = libzmq(stage);
  });

  /** What comes of it: nothing, or the code of an error. */
  async function outcome(call: Promise<unknown>): Promise<string> {
    try {
      await call;
      return 'done';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  for (const whose of ['ours', 'libzmq’s'] as const) {
    for (const transport of ['tcp', 'ipc', 'inproc'] as const) {
      for (const [affinity, expected] of [
        [0, 'done'],
        [1, 'done'],
        [3, 'done'],
        [2, 'EMTHREAD'],
        [2 ** 40, 'EMTHREAD'],
      ] as const) {
        const result = transport === 'inproc' ? 'done' : expected;
        it(`of ${affinity}, ${whose}, over ${transport}: bind and connect are ${result}`, async () => {
          const socket = await ends[whose]!.open('Dealer', { affinity });
          const name = stage.wildcard(transport);
          expect(await outcome(socket.bind(name))).to.equal(result);
          const elsewhere = transport === 'inproc' ? name : await stage.agreed(transport);
          expect(await outcome(socket.connect(elsewhere))).to.equal(result);
          if (transport === 'inproc') {
            // A pipe that has not arrived when its sockets are closed waits for whoever binds the name next.
            await socket.send('await', 'to itself');
            await socket.receive('await');
          }
          await socket.close();
        });
      }
    }
  }
});
