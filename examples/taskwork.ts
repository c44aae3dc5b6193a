/**
 * Task worker: connects a PULL socket to tcp://localhost:5557 and collects workloads from the
 * ventilator through it; connects a PUSH socket to tcp://localhost:5558 and sends results to the sink
 * through it. A result is empty, or the label that came with the task.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Pull, Push } from 'loomwire';
import { endpoint } from './support/flags.js';
import { program, untilTerminated } from './support/program.js';

const flags = {
  receiver: endpoint('tcp://localhost:5557', 'where the ventilator is'),
  sender: endpoint('tcp://localhost:5558', 'where the sink is'),
};

export default program(
  import.meta,
  'Does tasks for the ventilator, and tells the sink, until Ctrl-C.',
  flags,
  async (endpoints, terminal) => {
    using receiver = new Pull();
    receiver.connect(endpoints.receiver);

    using sender = new Push();
    sender.connect(endpoints.sender);
    await terminal.ready(null);

    await untilTerminated(async () => {
      for await (const [workload, label = ''] of receiver) {
        // Simple progress indicator for the viewer
        terminal.progress('.');

        // Do the work
        await sleep(Number(workload));

        await sender.send(label);
      }
    });
  },
);
