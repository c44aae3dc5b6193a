// Where a thread of thread.ts begins.

import { parentPort, workerData } from 'node:worker_threads';
import { Port, type Terminal } from './terminal.js';
import type { Assignment } from './thread.js';

type Routines = Readonly<Record<string, (options: unknown, terminal: Terminal) => Promise<void>>>;

async function carryOut({ module, routine, options }: Assignment): Promise<void> {
  const terminal = new Port(parentPort!);
  const { [routine]: work } = (await import(module)) as Routines;
  try {
    await work!(options, terminal);
  } finally {
    terminal.flush();
  }
}

void carryOut(workerData as Assignment);
