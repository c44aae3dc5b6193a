/**
 * Weather update server: binds a PUB socket to tcp://*:5556, and publishes random weather updates
 * through it: zip code, temperature in Fahrenheit, relative humidity in percent.
 */

import { Publisher } from 'loomwire';
import { endpoint, range, toggle } from './support/flags.js';
import { program, untilTerminated } from './support/program.js';
import { within } from './support/random.js';

const TEMPERATURES = [-80, 134] as const;
const HUMIDITIES = [10, 59] as const;

const flags = {
  bind: endpoint('tcp://*:5556', 'where clients connect'),
  zips: range([1, 99999], 'the zip codes that have weather'),
  numbered: toggle("label each update with its number among its zip code's"),
};

export default program(
  import.meta,
  'Publishes random weather, until Ctrl-C.',
  flags,
  async ({ bind, zips, numbered }, terminal) => {
    using publisher = new Publisher();
    await publisher.bind(bind);
    await terminal.ready(publisher.lastEndpoint);

    const published = new Map<number, number>();
    await untilTerminated(async () => {
      for (;;) {
        const zip = within(zips);
        const update = `${zip} ${within(TEMPERATURES)} ${within(HUMIDITIES)}`;
        const number = published.get(zip) ?? 0;
        if (numbered) published.set(zip, number + 1);

        // Waits for nobody, but lets the event loop turn from time to time
        await publisher.send(numbered ? [update, String(number)] : update);
      }
    });
  },
);
