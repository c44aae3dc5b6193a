// A worker of tasks.

import { parentPort } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { loadLoomwire } from './libraries.js';
import { compute } from './task.js';
import { untilTerminated } from './until-terminated.js';

async function run({ module, work }: Assignment): Promise<void> {
  const { Pull, Push } = await loadLoomwire(module);
  using tasks = new Pull({ receiveHighWaterMark: work.highWaterMark });
  using results = new Push({ sendHighWaterMark: work.highWaterMark });
  tasks.connect('inproc://tasks');
  results.connect('inproc://results');
  const result = Buffer.alloc(4);
  parentPort!.postMessage('ready');
  untilTerminated(() => {
    for (;;) {
      const [task] = tasks.receiveSync();
      result.writeUInt32LE(compute(task!.readUInt32LE()));
      results.sendSync(result);
    }
  });
}

void run(assignment() as Assignment);
