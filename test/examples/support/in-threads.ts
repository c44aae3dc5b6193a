// Every example as a task of one piscina pool, as a user would write it. Prints what they resolve to.

import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { context } from '../../../src/index.js';
import type { Answer } from '../../../examples/hwclient.js';
import type { Update } from '../../../examples/wuclient.js';

const pool = new Piscina({ minThreads: 0, maxThreads: 8, atomics: 'disabled' });

function run(name: string, options: object): Promise<unknown> {
  const filename = fileURLToPath(new URL(`../../../examples/${name}.js`, import.meta.url));
  return pool.run(options, { filename }) as Promise<unknown>;
}

async function main(): Promise<void> {
  const version = (await run('version', {})) as object;

  // Whoever connects first waits for the one who binds.
  const asked = run('hwclient', { connect: 'inproc://hello', requests: 3, numbered: true });
  const server = run('hwserver', { bind: 'inproc://hello', work: 1 });
  const answers = (await asked) as Answer[];

  const mtserver = run('mtserver', { clients: 'inproc://clients', threads: 2, work: 1 });
  const mtclient = { connect: 'inproc://clients', requests: 2, numbered: true };
  const many = (await Promise.all([
    run('hwclient', mtclient),
    run('hwclient', mtclient),
  ])) as Answer[][];

  const weather = { bind: 'inproc://weather', zips: [1, 3], numbered: true };
  const publisher = run('wuserver', weather);
  const { updates } = (await run('wuclient', {
    connect: weather.bind,
    zip: '2',
    updates: 100,
  })) as { updates: Update[] };
  const first = Number(updates[0]?.label);

  const collected = run('tasksink', { bind: 'inproc://results', tasks: 4 });
  const worker = run('taskwork', { receiver: 'inproc://tasks', sender: 'inproc://results' });
  const sent = await run('taskvent', {
    sender: 'inproc://tasks',
    sink: 'inproc://results',
    tasks: 4,
    workload: [1, 1],
    numbered: true,
  });
  const { messages } = (await collected) as { messages: string[] };

  const refused = await run('hwclient', { requets: 3 }).catch(String);

  await context.terminate();
  const endless = await Promise.all([server, mtserver, publisher, worker]);
  await pool.destroy();

  const results = {
    version: Object.keys(version).sort(),
    replies: answers.map(({ text, label }) => `${text} ${label}`),
    repliesToMany: many.flat().map(({ text, label }) => `${text} ${label}`),
    updatesInTurn: updates.filter(
      ({ text, label }, number) => text.startsWith('2 ') && Number(label) === first + number,
    ).length,
    sent,
    arrived: messages.sort(),
    endless: endless.map((value) => value ?? null),
    refused,
  };
  process.stdout.write(`\n${JSON.stringify(results)}\n`);
}

void main();
