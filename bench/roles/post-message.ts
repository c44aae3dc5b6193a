// From one worker thread to another without any library, by a MessageChannel.

import { MessageChannel, Worker } from 'node:worker_threads';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import type { PortAssignment } from './post-message-end.js';

function run({ work }: Assignment): void {
  const { port1, port2 } = new MessageChannel();
  const start = (end: PortAssignment['end'], port: typeof port1): void => {
    const told: PortAssignment = { work, end, port };
    new Worker(new URL('./post-message-end.js', import.meta.url), {
      workerData: told,
      transferList: [port],
    });
  };
  start('receive', port1);
  start('send', port2);
}

run(assignment() as Assignment);
