// What makes a function an example program: the same module is a command when node runs it, and a
// task when a thread calls its default export.

import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, type MessagePort } from 'node:worker_threads';
import { context, ioStatistics, ZmqError } from 'loomwire';
import {
  complete,
  type Flags,
  readFlags,
  toggle,
  usage,
  UsageError,
  type Values,
} from './flags.js';
import { Console, Lines, Output, Port, type Terminal } from './terminal.js';

/** How long an interrupted program goes on sending, in milliseconds. */
const LINGER_INTERRUPTED = 1000;

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** What every program takes on its command line. */
const EVERY_PROGRAM = {
  report: toggle('print lines of JSON, for programs to read'),
  help: toggle('print this'),
};

/** Options of a program as a thread calls it: its flags, and a port for its notices. */
export type Options<F extends Flags> = Partial<Values<F>> & { readonly port?: MessagePort };

type Run<F extends Flags, Result> = (
  values: Values<F>,
  terminal: Terminal,
) => Result | Promise<Result>;

/**
 * A module's default export: a function that takes options and resolves to what `run` does. If the
 * module is the one that node was told to run, it is carried out at once, with the command line's.
 */
export function program<F extends Flags, Result>(
  module: ImportMeta,
  about: string,
  flags: F,
  run: Run<F, Result>,
): (options?: Options<F>) => Promise<Result> {
  if (isMain(module)) void command(basename(module.url, '.js'), about, flags, run);
  return async ({ port, ...options } = {}) => {
    const terminal = port === undefined ? new Output() : new Port(port);
    try {
      return await run(complete(flags, options as Partial<Values<F>>), terminal);
    } finally {
      terminal.flush();
    }
  };
}

/** For programs without an end of their own: until the context is terminated. */
export async function untilTerminated(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isTermination(error)) throw error;
  }
}

function isMain({ url }: ImportMeta): boolean {
  const [, script = ''] = process.argv;
  return isMainThread && existsSync(script) && realpathSync(script) === fileURLToPath(url);
}

/**
 * Runs a program as a process. Ctrl-C terminates the context: whatever the program waits for rejects
 * with ETERM, so it closes its sockets as it would in a thread.
 */
async function command<F extends Flags, Result>(
  name: string,
  about: string,
  flags: F,
  run: Run<F, Result>,
): Promise<void> {
  const all = { ...flags, ...EVERY_PROGRAM };
  const stop = new AbortController();
  let signal: keyof typeof SIGNALS | undefined;
  const interrupt = (received: NodeJS.Signals): void => {
    signal = received as keyof typeof SIGNALS;
    stop.abort();
    context.shutdown();
  };
  try {
    const { report, help, ...given } = readFlags<Flags>(all, process.argv.slice(2));
    if (help === true) {
      process.stdout.write(usage(name, about, all));
      return;
    }
    // Once: a second Ctrl-C ends the process at once.
    for (const each of Object.keys(SIGNALS)) process.once(each, interrupt);
    const lines = report === true ? new Lines(stop.signal, joined) : undefined;
    const terminal = lines ?? new Console(stop.signal);
    const result = await run(complete(flags, given as Partial<Values<F>>), terminal);
    lines?.tell({ result });
  } catch (error) {
    process.exitCode = failed(name, usage(name, about, all), error, signal);
  }
  for (const each of Object.keys(SIGNALS)) process.removeListener(each, interrupt);
  // What was sent but has not left yet goes first: a ventilator's tasks wait for a worker here.
  await context.terminate(signal === undefined ? {} : { timeout: LINGER_INTERRUPTED });
}

/** Says what went wrong; answers the exit status for it. */
function failed(
  name: string,
  help: string,
  error: unknown,
  signal: keyof typeof SIGNALS | undefined,
): number {
  // The work was given up because somebody asked for that. Shells count from 128.
  if (signal !== undefined) return 128 + SIGNALS[signal];
  const wrong = wrongArgument(error);
  if (wrong !== undefined) {
    process.stderr.write(`${name}: ${wrong}\n${help}`);
    return 2;
  }
  const { message, stack = message } = error as Error;
  const text = error instanceof ZmqError ? `${error.address ?? ''}: ${message}` : stack;
  process.stderr.write(`${name}: ${text}\n`);
  return 1;
}

/** Endpoints are judged by the library, everything else by the flags. */
function wrongArgument(error: unknown): string | undefined {
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof ZmqError)) return undefined;
  const { code, message, address } = error;
  return code === 'EINVAL' || code === 'EPROTONOSUPPORT'
    ? `${message} '${address ?? ''}'`
    : undefined;
}

function isTermination(error: unknown): boolean {
  return error instanceof ZmqError && error.code === 'ETERM';
}

/**
 * Resolves when the handshake with every endpoint that this process connects to over tcp is over: its PUSH
 * sockets deal out work from then on, not to whoever was the first to connect.
 */
async function joined(): Promise<void> {
  // Within the process whoever connects is there at once, and no I/O worker would ever start.
  if (!context.stats().sockets.some(({ endpoints }) => endpoints.some(isOutside))) return;
  for (;;) {
    // None until the I/O worker has started.
    const workers = await ioStatistics();
    const all = workers.every(({ connected, handshakes }) => handshakes >= connected);
    if (workers.length > 0 && all) return;
    await nextTurn();
  }
}

/** @param place as `bound tcp://127.0.0.1:5555` */
function isOutside(place: string): boolean {
  return !place.includes(' inproc:');
}
