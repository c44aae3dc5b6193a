import { Publisher } from 'zeromq';
import { peer } from './peer.js';

interface Options {
  bind: string;
  zips: [least: number, most: number];
}

peer(async ({ bind, zips: [least, most] }: Options, terminal) => {
  const publisher = new Publisher();
  await publisher.bind(bind);
  await terminal.ready(publisher.lastEndpoint);
  const published = new Map<number, number>();
  for (;;) {
    const zip = least + Math.floor(Math.random() * (most - least + 1));
    const number = published.get(zip) ?? 0;
    published.set(zip, number + 1);
    await publisher.send([`${zip} 70 50`, String(number)]);
  }
});
