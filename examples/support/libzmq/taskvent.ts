import { Push } from 'zeromq';
import { connected, peer } from './peer.js';

interface Options {
  sender: string;
  sink: string;
  tasks: number;
  workload: [least: number, most: number];
}

peer(async ({ tasks, workload: [least, most], ...endpoints }: Options, terminal) => {
  const sender = new Push();
  await sender.bind(endpoints.sender);
  const sink = new Push();
  await connected(sink, endpoints.sink);
  await terminal.ready(sender.lastEndpoint);
  await terminal.enter('Press Enter when the workers are ready: ');
  await sink.send('0');
  let cost = 0;
  for (let task = 0; task < tasks; task++) {
    const workload = least + Math.floor(Math.random() * (most - least + 1));
    cost += workload;
    await sender.send([String(workload), String(task)]);
  }
  sender.close();
  sink.close();
  return { tasks, cost };
});
