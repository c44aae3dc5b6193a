import { Subscriber } from 'zeromq';
import { peer } from './peer.js';

interface Options {
  connect: string;
  zip: string;
  updates: number;
}

peer(async ({ connect, zip, updates }: Options) => {
  const subscriber = new Subscriber();
  subscriber.connect(connect);
  subscriber.subscribe(zip);
  const collected = [];
  let started = NaN;
  for (let update = 0; update < updates; update++) {
    const [text, label] = await subscriber.receive();
    if (update === 0) started = performance.now();
    collected.push({ text: String(text), label: String(label) });
  }
  const elapsed = performance.now() - started;
  subscriber.close();
  return { updates: collected, elapsed };
});
