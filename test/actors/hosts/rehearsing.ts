import { hostThread } from '../../../src/runtime/actor/host.js';
import { wait } from '../pools/tasks.js';
import { CHANNEL } from './channel.js';

/* A thread that says in what order it rehearses and has its task. */

const order: string[] = [];

export default hostThread(
  {
    tell: async (_start, line) => {
      order.push('task');
      // A rehearsal that was still to come would have come by then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      line.ready(order);
    },
  },
  async () => {
    order.push('rehearsal');
    await wait(CHANNEL);
    order.push('its end');
  },
);
