/**
 * Task ventilator: binds a PUSH socket to tcp://*:5557, and sends a batch of tasks to the workers
 * through it. A task is the number of milliseconds it takes.
 */

import { Push } from 'loomwire';
import { count, endpoint, range, toggle } from './support/flags.js';
import { program } from './support/program.js';
import { within } from './support/random.js';

const flags = {
  sender: endpoint('tcp://*:5557', 'where workers connect'),
  sink: endpoint('tcp://localhost:5558', 'where the sink is'),
  tasks: count(100, 'how many tasks to send'),
  workload: range(
    [1, 100],
    'what a task takes, in milliseconds: one value, or at random from A to B',
  ),
  numbered: toggle('label each task with its number, which the result repeats'),
};

export default program(
  import.meta,
  'Sends a batch of tasks to the workers.',
  flags,
  async ({ tasks, workload, numbered, ...endpoints }, terminal) => {
    using sender = new Push();
    await sender.bind(endpoints.sender);

    using sink = new Push();
    sink.connect(endpoints.sink);

    await terminal.ready(sender.lastEndpoint);
    await terminal.enter('Press Enter when the workers are ready: ');
    terminal.print('Sending tasks to workers...');

    // The first message is "0" and signals the start of the batch
    await sink.send('0');

    let cost = 0;
    for (let task = 0; task < tasks; task++) {
      const milliseconds = within(workload);
      cost += milliseconds;
      await sender.send(numbered ? [String(milliseconds), String(task)] : String(milliseconds));
    }
    terminal.print(`Total expected cost: ${cost} msec`);
    return { tasks, cost };
  },
);
