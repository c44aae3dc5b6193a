/**
 * Task sink: binds a PULL socket to tcp://*:5558, collects results from the workers through it, and
 * tells how long the batch took.
 */

import { Pull } from 'loomwire';
import { count, endpoint } from './support/flags.js';
import { program } from './support/program.js';

const flags = {
  bind: endpoint('tcp://*:5558', 'where workers and ventilator connect'),
  tasks: count(100, 'how many results to wait for'),
};

export default program(
  import.meta,
  'Collects the results of a batch of tasks.',
  flags,
  async ({ bind, tasks }, terminal) => {
    using receiver = new Pull();
    await receiver.bind(bind);
    await terminal.ready(receiver.lastEndpoint);

    // Wait for the start of the batch
    const [start] = await receiver.receive();
    const started = performance.now();

    const messages = [String(start)];
    for (let task = 0; task < tasks; task++) {
      const [result] = await receiver.receive();
      terminal.progress(task % 10 === 0 ? ':' : '.');
      messages.push(String(result));
    }

    const elapsed = performance.now() - started;
    terminal.print(`\nTotal elapsed time: ${Math.round(elapsed)} msec`);
    return { messages, elapsed };
  },
);
