import { Pull } from 'zeromq';
import { peer } from './peer.js';

peer(async ({ bind, tasks }: { bind: string; tasks: number }, terminal) => {
  const receiver = new Pull();
  await receiver.bind(bind);
  await terminal.ready(receiver.lastEndpoint);
  const [start] = await receiver.receive();
  const started = performance.now();
  const messages = [String(start)];
  for (let task = 0; task < tasks; task++) {
    const [result] = await receiver.receive();
    terminal.progress(task % 10 === 0 ? ':' : '.');
    messages.push(String(result));
  }
  const elapsed = performance.now() - started;
  receiver.close();
  return { messages, elapsed };
});
