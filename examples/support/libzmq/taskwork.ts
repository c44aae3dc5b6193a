import { setTimeout as sleep } from 'node:timers/promises';
import { Pull, Push } from 'zeromq';
import { connected, peer } from './peer.js';

peer(async (endpoints: { receiver: string; sender: string }, terminal) => {
  const receiver = new Pull();
  const sender = new Push();
  await Promise.all([connected(receiver, endpoints.receiver), connected(sender, endpoints.sender)]);
  await terminal.ready(null);
  for await (const [workload, label = ''] of receiver) {
    await sleep(Number(workload));
    await sender.send(label);
  }
});
