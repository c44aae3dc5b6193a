/**
 * The tour: the examples of this folder say hello and share work, as threads over inproc, as
 * processes over tcp, and with libzmq on one side. Every request and task carries a number, and the
 * tour ends with status 0 only if each reply and each result arrived.
 */

import {
  complete,
  count,
  milliseconds,
  range,
  readFlags,
  toggle,
  usage,
  UsageError,
} from './support/flags.js';
import { play, SCENES } from './support/tour/play.js';
import { clear, killAll } from './support/tour/processes.js';
import { Progress } from './support/tour/progress.js';
import { type Row, table } from './support/tour/table.js';

const ABOUT = 'Runs the examples together, and checks that every message arrives.';

const flags = {
  requests: count(1000, 'requests that a client sends'),
  work: milliseconds(0, 'how long each reply takes'),
  tasks: count(100, 'tasks in a batch'),
  workload: range([1, 10], 'what a task takes, in milliseconds, at random'),
  workers: count(2, 'workers for a batch'),
  guide: toggle("the guide's numbers: 10 requests of 1 s, 100 tasks of 1 to 100 ms"),
  help: toggle('print this'),
};

const GUIDE = { requests: 10, work: 1000, tasks: 100, workload: [1, 100] } as const;

const progress = new Progress(SCENES);
let interrupted = false;

async function tour(): Promise<void> {
  const { guide, help, ...size } = complete(flags, readFlags(flags, process.argv.slice(2)));
  if (help) {
    process.stdout.write(usage('tour', ABOUT, flags));
    return;
  }
  const rows: Row[] = [];
  for await (const row of play(guide ? { ...size, ...GUIDE } : size, progress)) {
    if (interrupted) return;
    rows.push(row);
  }
  process.stdout.write(`\n${table(rows)}`);
  if (rows.some(({ outcome }) => outcome?.problem !== undefined || outcome === undefined)) {
    process.exitCode = 1;
  }
}

async function interrupt(status: number): Promise<never> {
  interrupted = true;
  progress.silence();
  await clear();
  process.exit(status);
}

process.on('exit', killAll);
// Shells count from 128.
process.once('SIGHUP', () => void interrupt(129));
process.once('SIGINT', () => void interrupt(130));
process.once('SIGTERM', () => void interrupt(143));

tour().catch((error: unknown) => {
  if (interrupted) return;
  const wrong = error instanceof UsageError;
  process.stderr.write(
    wrong ? `tour: ${error.message}\n${usage('tour', ABOUT, flags)}` : `${String(error)}\n`,
  );
  // Whatever is stuck would keep the process alive.
  process.exit(wrong ? 2 : 1);
});
