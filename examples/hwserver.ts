/**
 * Hello World server: binds a REP socket to tcp://*:5555, expects "Hello" from a client, replies
 * with "World". Frames after the first are a label, and the reply repeats them.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Reply } from 'loomwire';
import { endpoint, milliseconds } from './support/flags.js';
import { program, untilTerminated } from './support/program.js';

const flags = {
  bind: endpoint('tcp://*:5555', 'where clients connect'),
  work: milliseconds(1000, 'how long each reply takes'),
};

export default program(
  import.meta,
  'Answers every "Hello" with "World", until Ctrl-C.',
  flags,
  async ({ bind, work }, terminal) => {
    using socket = new Reply();
    await socket.bind(bind);
    await terminal.ready(socket.lastEndpoint);

    await untilTerminated(async () => {
      for await (const [request, ...label] of socket) {
        terminal.print(`Received request: ${String(request)}`);

        // Do some "work"
        if (work > 0) await sleep(work);

        await socket.send(['World', ...label]);
      }
    });
  },
);
