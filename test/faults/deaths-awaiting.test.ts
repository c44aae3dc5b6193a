import { expect } from 'chai';
import { Push } from '../../src/index.js';
import { othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { nothingRemains } from '../support/remains.js';
import { useTidyStage } from '../support/stage.js';

/** What a victim is told. */
interface Plan {
  readonly handle: SharedArrayBuffer;
  readonly endpoint: string;
  readonly form: 'receive()' | 'for await';
  /** It ends by itself, once it awaits. */
  readonly exits: boolean;
}

/** Receives one message, and awaits another that never comes. */
const victim: Program<Plan> = async ({ Context, Pull }, line, plan) => {
  const pull = new Pull({ context: Context.attach(plan.handle) });
  pull.connect(plan.endpoint);
  const received = (message: unknown): void => {
    line.post(String(message));
    // When this turn of the event loop is over, the next message is awaited.
    if (plan.exits) setImmediate(() => process.exit(3));
  };
  if (plan.form === 'for await') {
    for await (const message of pull) received(message);
  } else {
    received(await pull.receive());
    await pull.receive();
  }
};

describe('A thread that awaits a message when it dies (defect 1 of zeromq.js, where the process goes with it)', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'tcp'] as const) {
    for (const form of ['receive()', 'for await'] as const) {
      for (const how of ['worker.terminate()', 'process.exit()'] as const) {
        it(`by ${how}, in ${form}, costs nobody else anything (${transport})`, async () => {
          const { context } = stage;
          const push = new Push({ context, linger: 0 });
          await push.bind(stage.wildcard(transport));
          const endpoint = push.lastEndpoint!;
          const exits = how === 'process.exit()';
          const thread = stage.thread(victim, { handle: context.handle, endpoint, form, exits });
          await push.send('the last');
          expect(await thread.next()).to.equal('the last');
          if (!exits) {
            await othersAsleep(context);
            await thread.kill();
          }
          const { code, error } = await thread.ended;
          expect(error).to.equal(undefined);
          expect(code).to.equal(exits ? 3 : 1);
          await nothingRemains(context);

          const next = stage.thread(victim, { handle: context.handle, endpoint, form, exits });
          // Over tcp it may be taken for the one that is gone; what comes behind it is not.
          let taken = false;
          const heard = next.next().then((message) => {
            taken = true;
            return message;
          });
          while (!taken) {
            push.trySend('for the next');
            await new Promise((resolve) => setImmediate(resolve));
          }
          expect(await heard).to.equal('for the next');
        });
      }
    }
  }
});
