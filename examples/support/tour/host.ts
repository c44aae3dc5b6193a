// The process in which examples play as tasks of a thread pool, for threads.ts, which tells it what to
// do. They meet in its process-wide context.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { context, ioStatistics } from 'loomwire';
import { Piscina } from 'piscina';
import type { Notice } from '../terminal.js';

/** What the host is told. Programs are numbered in the order in which they start. */
export type Order =
  | { readonly start: string; readonly options: object }
  | { readonly enter: number }
  | { readonly end: true };

/** What the host says. */
export type Word =
  | { readonly id: number; readonly notice: Notice }
  | { readonly id: number; readonly failed: string };

// With its default, 'sync', piscina blocks a thread between tasks; lingering sockets need it awake.
const pool = new Piscina({
  minThreads: 0,
  maxThreads: Number(process.argv[2]),
  atomics: 'disabled',
});
const runs: Promise<void>[] = [];
const ports: MessagePort[] = [];

function say(word: Word): void {
  process.send?.(word);
}

function start(name: string, options: object): void {
  const { port1: ours, port2: port } = new MessageChannel();
  const id = ports.push(ours) - 1;
  const remote = Object.values(options).some((option) => /^(ipc|tcp):/.test(String(option)));
  ours.on('message', (notice: Notice) => {
    const settled = 'ready' in notice && remote ? joined() : Promise.resolve();
    void settled.then(() => say({ id, notice }));
  });
  const filename = fileURLToPath(new URL(`../../${name}.js`, import.meta.url));
  const run = pool
    .run({ ...options, port }, { filename, transferList: [port] })
    .then((result: unknown) => say({ id, notice: { result } }))
    .catch((error: unknown) => say({ id, failed: `${name}: ${String(error)}` }))
    .finally(() => ours.close());
  runs.push(run);
}

/**
 * Resolves when all handshakes are over: all who connect do so to others in this process. A PUSH deals out
 * work evenly from then on, not to whoever was the first to connect.
 */
async function joined(): Promise<void> {
  for (;;) {
    const workers = await ioStatistics();
    const sum = (of: (each: (typeof workers)[number]) => number): number =>
      workers.reduce((total, each) => total + of(each), 0);
    const connected = sum((each) => each.connected);
    const accepted = sum((each) => each.accepted);
    const handshakes = sum((each) => each.handshakes);
    const all = accepted >= connected && handshakes >= connected + accepted;
    if (workers.length > 0 && all) return;
    await nextTurn();
  }
}

async function end(): Promise<void> {
  await context.terminate();
  await Promise.all(runs);
  await pool.destroy();
  process.disconnect();
}

// Ctrl-C reaches it too, but it is the tour that ends it.
process.on('SIGINT', () => {});
process.on('message', (order: Order) => {
  if ('start' in order) start(order.start, order.options);
  else if ('enter' in order) ports[order.enter]?.postMessage('Enter');
  else void end();
});
