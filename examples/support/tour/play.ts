// Plays one scene after another, and judges each.

import type { Name, Stage } from './part.js';
import { killAll, Processes } from './processes.js';
import type { Progress } from './progress.js';
import { type Batch, type Bind, type Hello, hello, type Outcome, pipeline } from './scenes.js';
import type { Row } from './table.js';
import { Threads } from './threads.js';

/** What a scene may take beside its work before it counts as stuck, in milliseconds. */
const PATIENCE = 15_000;

const PATTERNS = ['REQ/REP', 'PUSH/PULL'] as const;

interface Scene {
  readonly pattern: (typeof PATTERNS)[number];
  readonly transport: string;
  readonly who: string;
}

/** Each pattern among our processes, and then with libzmq in either role. */
const CASTS: readonly (Pick<Scene, 'pattern' | 'who'> & { readonly libzmq: readonly Name[] })[] = [
  ...PATTERNS.map((pattern) => ({ pattern, who: 'processes', libzmq: [] })),
  { pattern: 'REQ/REP', who: 'libzmq client', libzmq: ['hwclient'] },
  { pattern: 'REQ/REP', who: 'libzmq server', libzmq: ['hwserver'] },
  { pattern: 'PUSH/PULL', who: 'libzmq ventilator and sink', libzmq: ['taskvent', 'tasksink'] },
  { pattern: 'PUSH/PULL', who: 'libzmq workers', libzmq: ['taskwork'] },
];

export const SCENES = PATTERNS.length + CASTS.length;

export type Size = Hello & Batch;

/** Plays everything. */
export async function* play(size: Size, progress: Progress): AsyncGenerator<Row> {
  const watch = (name: Name, text: string): void => {
    progress.arrived(arrived(name, text));
  };

  // A server and a client, a ventilator and a sink, and the workers, all at once.
  const threads = new Threads(4 + size.workers, watch);
  for (const pattern of PATTERNS) {
    const scene = { pattern, transport: 'inproc', who: 'threads' };
    yield perform(scene, size, progress, threads, (name) => `inproc://${name}`);
  }
  await inTime(threads.end(), PATIENCE);

  for (const { libzmq, ...cast } of CASTS) {
    const scene = { ...cast, transport: 'tcp' };
    const processes = new Processes(libzmq, watch);
    const row = await perform(scene, size, progress, processes, () => 'tcp://127.0.0.1:*');
    if (row.outcome === undefined) killAll();
    else await inTime(processes.end(), PATIENCE);
    yield row;
  }
}

async function perform(
  scene: Scene,
  size: Size,
  progress: Progress,
  stage: Stage,
  bind: Bind,
): Promise<Row> {
  progress.begin(`${scene.pattern} over ${scene.transport}, ${scene.who}`);
  let outcome: Outcome | undefined;
  let verdict: string;
  try {
    const act =
      scene.pattern === 'REQ/REP' ? hello(stage, bind, size) : pipeline(stage, bind, size);
    outcome = await inTime(Promise.race([act, stage.failure]), PATIENCE + work(size));
    verdict = outcome.problem ?? 'all';
  } catch (error) {
    verdict = (error as Error).message;
  }
  progress.end(verdict);
  return { ...scene, outcome, verdict };
}

/** The milliseconds that the larger scene works. */
function work({ requests, work: each, tasks, workload: [, most] }: Size): number {
  return Math.max(requests * each, tasks * most);
}

/** How many replies or results a program says have arrived. */
function arrived(name: Name, text: string): number {
  if (name === 'hwclient') return text.split('Received reply').length - 1;
  if (name === 'tasksink') return (/^[.:]+/.exec(text)?.[0] ?? '').length;
  return 0;
}

async function inTime<Value>(act: Promise<Value>, limit: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`stuck for ${limit / 1000} s`)), limit);
  });
  try {
    return await Promise.race([act, late]);
  } finally {
    clearTimeout(timer);
  }
}
