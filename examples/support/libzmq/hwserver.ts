import { setTimeout as sleep } from 'node:timers/promises';
import { Reply } from 'zeromq';
import { peer } from './peer.js';

peer(async ({ bind, work }: { bind: string; work: number }, terminal) => {
  const socket = new Reply();
  await socket.bind(bind);
  await terminal.ready(socket.lastEndpoint);
  for await (const [, ...label] of socket) {
    if (work > 0) await sleep(work);
    await socket.send(['World', ...label]);
  }
});
