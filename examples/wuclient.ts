/**
 * Weather update client: connects a SUB socket to tcp://localhost:5556, collects weather updates for
 * a zip code through it, and finds the average temperature.
 */

import { Subscriber } from 'loomwire';
import { argument, count, digits, endpoint } from './support/flags.js';
import { program } from './support/program.js';

const flags = {
  zip: argument(digits('10001', 5, 'the zip code, or what it begins with')),
  updates: argument(count(5, 'how many updates to collect', 1)),
  connect: endpoint('tcp://localhost:5556', 'where the server is'),
};

export interface Update {
  readonly text: string;
  readonly label: string;
}

export default program(
  import.meta,
  'Finds the average temperature of a zip code.',
  flags,
  async ({ zip, updates, connect }, terminal) => {
    terminal.print('Collecting updates from weather server...');
    using subscriber = new Subscriber();
    subscriber.connect(connect);
    subscriber.subscribe(zip);

    const collected: Update[] = [];
    let started = NaN;
    let total = 0;
    for (let update = 0; update < updates; update++) {
      const [text, label = ''] = await subscriber.receive();
      if (update === 0) started = performance.now();
      const [, temperature] = String(text).split(' ');
      total += Number(temperature);
      collected.push({ text: String(text), label: String(label) });
    }

    const elapsed = performance.now() - started;
    terminal.print(`Average temperature for zipcode '${zip}' was ${Math.round(total / updates)}F`);
    return { updates: collected, elapsed };
  },
);
