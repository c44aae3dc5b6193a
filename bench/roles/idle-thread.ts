// A thread of idle. Half of the threads block, half await.

import { parentPort } from 'node:worker_threads';
import type { Pull, Push } from '../../src/index.js';
import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { type Loomwire, loadLoomwire } from './libraries.js';
import { untilTerminated } from './until-terminated.js';

export interface IdleAssignment extends Assignment {
  readonly thread: number;
  readonly sockets: number;
}

interface Group {
  readonly pull: Pull;
  readonly pushes: readonly Push[];
}

/** A PULL, and PUSH sockets that are connected to it and have each sent a message. */
function group(library: Loomwire, endpoint: string, sockets: number): Group {
  const pull = new library.Pull();
  pull.bindSync(endpoint);
  const pushes = Array.from({ length: sockets - 1 }, () => {
    const push = new library.Push();
    push.connect(pull.lastEndpoint!);
    push.sendSync('');
    return push;
  });
  for (let left = pushes.length; left > 0; left--) pull.receiveSync();
  return { pull, pushes };
}

async function wait(pull: Pull): Promise<void> {
  try {
    await pull.receive();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ETERM') throw error;
  }
}

async function run({ module, thread, sockets }: IdleAssignment): Promise<void> {
  const library = await loadLoomwire(module);
  const remote = Math.ceil(sockets / 2);
  const groups = [
    group(library, 'tcp://127.0.0.1:*', remote),
    group(library, `inproc://idle-${thread}`, sockets - remote),
  ];
  parentPort!.postMessage('ready');
  if (thread % 2 === 0) untilTerminated(() => void groups[0]!.pull.receiveSync());
  else await Promise.all(groups.map(({ pull }) => wait(pull)));
  for (const { pull, pushes } of groups) for (const socket of [pull, ...pushes]) socket.close();
}

void run(assignment() as IdleAssignment);
