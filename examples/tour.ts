/**
 * The tour of the guide's first chapter: the examples of this folder say hello, tell the weather and
 * share work, as threads over inproc, ipc and tcp, as processes over tcp, and with libzmq on one
 * side. Every request, update and task carries a number, and the tour ends with status 0 only if each
 * reply, update and result arrived.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { clear, killAll } from './support/tour/children.js';
import { play, SCENES } from './support/tour/play.js';
import { Progress } from './support/tour/progress.js';
import { json, passed, type Row, table } from './support/tour/table.js';

const ABOUT = 'Runs the examples together, and checks that every message arrives.';

const flags = {
  requests: count(1000, 'requests that a client sends', 1),
  work: milliseconds(0, 'how long each reply takes'),
  updates: count(100, 'weather updates that a client collects', 1),
  zips: range([10001, 10010], 'zip codes that have weather; the client wants the last one'),
  tasks: count(100, 'tasks in a batch', 1),
  workload: range([20, 20], 'what a task takes, in milliseconds: one value, or A to B at random'),
  guide: toggle(
    "the guide's numbers: 10 requests of 1 s, 99,999 zip codes, 100 tasks of 1 to 100 ms",
  ),
  from: count(1, 'the scene to begin with', 1),
  json: toggle('print the results as JSON, and nothing else'),
  help: toggle('print this'),
};

const GUIDE = {
  requests: 10,
  work: 1000,
  updates: 100,
  zips: [1, 99999],
  tasks: 100,
  workload: [1, 100],
} as const;

const progress = new Progress();
let interrupted = false;

async function tour(): Promise<void> {
  const given = complete(flags, readFlags(flags, process.argv.slice(2)));
  const { guide, help, from, json: asJson, ...size } = given;
  if (help) {
    process.stdout.write(usage('tour', ABOUT, flags));
    return;
  }
  if (from > SCENES) throw new UsageError(`There are ${SCENES} scenes`);
  if (asJson) progress.silence();
  const folder = mkdtempSync(join(tmpdir(), 'loomwire-tour-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const rows: Row[] = [];
  for await (const row of play(guide ? GUIDE : size, from, folder, progress)) {
    if (interrupted) return;
    rows.push(row);
  }
  process.stdout.write(asJson ? json(rows) : `\n${table(rows)}`);
  if (!passed(rows)) process.exitCode = 1;
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
