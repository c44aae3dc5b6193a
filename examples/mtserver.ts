/**
 * Multithreaded Hello World server: binds a ROUTER socket to tcp://*:5555 for clients, and a DEALER
 * socket to inproc://workers, where REP sockets in threads of their own connect. A proxy passes
 * requests on to them, each to the next one, and takes the replies back.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Dealer, Proxy, Reply, Router } from 'loomwire';
import { count, endpoint, milliseconds } from './support/flags.js';
import { program, untilTerminated } from './support/program.js';
import type { Terminal } from './support/terminal.js';
import { startThread } from './support/thread.js';

const flags = {
  clients: endpoint('tcp://*:5555', 'where clients connect'),
  workers: endpoint('inproc://workers', 'where workers connect'),
  threads: count(5, 'how many workers', 1),
  work: milliseconds(1000, 'how long each reply takes'),
};

interface WorkerOptions {
  readonly connect: string;
  readonly work: number;
}

/** What each of the threads does. It may be told to end before it has begun. */
export function worker({ connect, work }: WorkerOptions, terminal: Terminal): Promise<void> {
  return untilTerminated(async () => {
    using socket = new Reply();
    socket.connect(connect);
    await terminal.ready(null);

    for await (const [request, ...label] of socket) {
      terminal.print(`Received request: [${String(request)}]`);

      // Do some "work"
      if (work > 0) await sleep(work);

      await socket.send(['World', ...label]);
    }
  });
}

export default program(
  import.meta,
  'Answers every "Hello" with "World", several at a time, until Ctrl-C.',
  flags,
  async ({ work, ...options }, terminal) => {
    using clients = new Router();
    await clients.bind(options.clients);

    using workers = new Dealer();
    await workers.bind(options.workers);

    const connect = workers.lastEndpoint!;
    const threads = Array.from({ length: options.threads }, () =>
      startThread(import.meta, worker, { connect, work }, terminal),
    );
    await Promise.all(threads.map(({ ready }) => ready));
    await terminal.ready(clients.lastEndpoint);

    const ends = threads.map(({ end }) => end);
    await untilTerminated(() => Promise.race([new Proxy(clients, workers).run(), ...ends]));
    await Promise.all(ends);
  },
);
