/**
 * What happens to a client while its server's handler computes, and the event loop stands still. Two servers get a
 * request of a libzmq client that expects a sign of life from time to time: one with a REP socket of loomwire, whose I/O worker
 * goes on answering; one that speaks the same protocol in the thread of its handler, as plain JavaScript does. Needs
 * the package zeromq.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { context, Reply } from 'loomwire';
import { milliseconds } from './support/flags.js';
import { program } from './support/program.js';
import { PlainReply } from './support/spinning/plain-reply.js';
import type { Notice, Terminal } from './support/terminal.js';
import { startThread } from './support/thread.js';

const ASKER = fileURLToPath(new URL('./support/libzmq/asker.js', import.meta.url));
/** How much longer than the handler computes the client waits, at least. */
const PATIENCE = 5000;
/** They may be sent to this process alone, and a thread that computes hears nothing. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

const flags = {
  spin: milliseconds(30_000, 'how long the handler computes'),
  timeout: milliseconds(3000, 'after how long a silent server is given up'),
};

interface Experience {
  readonly disconnects: number;
  readonly reply: string | null;
}

interface HandlerOptions {
  readonly spin: number;
}

/** Computes, without a turn of the event loop. */
function handle(spin: number): string {
  const end = performance.now() + spin;
  let sum = 0;
  for (let n = 1; performance.now() < end; n++) sum += 1 / n ** 2;
  return sum.toFixed(6);
}

/** A thread of its own, as the handler would need none but this. */
export async function loomwire({ spin }: HandlerOptions, terminal: Terminal): Promise<void> {
  const socket = new Reply();
  await socket.bind('tcp://127.0.0.1:*');
  await terminal.ready(socket.lastEndpoint);
  await socket.receive();
  await socket.send(handle(spin));
  socket.close();
  // The reply goes first.
  await context.terminate();
}

export async function plain({ spin }: HandlerOptions, terminal: Terminal): Promise<void> {
  let server: PlainReply;
  const handled = new Promise<void>((resolve) => {
    server = new PlainReply(() => {
      const reply = handle(spin);
      resolve();
      return reply;
    });
  });
  await terminal.ready(await server!.listen());
  await handled;
  server!.close();
}

export default program(
  import.meta,
  'Shows whether a client stays connected while its request is being computed.',
  flags,
  async ({ spin, timeout }, terminal) => {
    terminal.print(`Two handlers compute for ${seconds(spin)} s each.`);
    const stop = new AbortController();
    const interrupt = (): void => stop.abort();
    for (const signal of SIGNALS) process.once(signal, interrupt);
    const [ours, theirs] = await Promise.all([
      experience(loomwire, spin, timeout, terminal, stop.signal),
      experience(plain, spin, timeout, terminal, stop.signal),
    ]).finally(() => {
      // If one has failed, the other need not go on.
      stop.abort();
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    });
    terminal.print(`I/O in a worker:          ${describe(ours)}`);
    terminal.print(`I/O in the handler's own: ${describe(theirs)}`);
    return { loomwire: ours, plain: theirs };
  },
);

/** What the client of a server saw. */
async function experience(
  routine: (options: HandlerOptions, terminal: Terminal) => Promise<void>,
  spin: number,
  timeout: number,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<Experience> {
  const thread = startThread(import.meta, routine, { spin }, terminal);
  // Awaited in its place; if something goes wrong before, that is what counts.
  thread.end.catch(() => undefined);
  try {
    const connect = await thread.ready;
    if (connect === undefined) throw new Error('The server has ended before it began');
    const seen = await ask({ connect, timeout, patience: spin + timeout + PATIENCE }, stop);
    await thread.end;
    return seen;
  } finally {
    await thread.kill();
  }
}

async function ask(asking: object, signal: AbortSignal): Promise<Experience> {
  const child = spawn(process.execPath, [ASKER, JSON.stringify(asking)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let seen: Experience | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const notice = JSON.parse(line) as Notice;
    if ('result' in notice) seen = notice.result as Experience;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (seen === undefined) throw new Error(`The client has ended with status ${String(code)}`);
  return seen;
}

function describe({ disconnects, reply }: Experience): string {
  const connection =
    disconnects === 0 ? 'the client stayed connected' : `the client gave up ${disconnects} time(s)`;
  return `${connection}, and ${reply === null ? 'had no reply' : `got ${reply}`}`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
