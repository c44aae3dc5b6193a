// Plays one scene after another, each on a stage of its own so that none disturbs the next, and judges
// each.

import { killAll } from './children.js';
import type { Name, Stage } from './part.js';
import { Processes } from './processes.js';
import type { Progress } from './progress.js';
import {
  type Batch,
  type Bind,
  type Hello,
  hello,
  type Outcome,
  pipeline,
  type Weather,
  weather,
} from './scenes.js';
import type { Row } from './table.js';
import { Threads } from './threads.js';

/** What a scene may take beside its work before it counts as stuck, in milliseconds. */
const PATIENCE = 30_000;

/** Updates that a publisher certainly sends in a millisecond, on whatever machine. */
const UPDATES_PER_MILLISECOND = 50;

/** How many workers share a batch. The first measures what the others are compared with. */
const WORKERS = [1, 2, 4] as const;

export type Size = Hello & Weather & Batch;
type Watch = (name: Name, text: string) => void;

interface Act {
  readonly pattern: 'REQ/REP' | 'PUB/SUB' | 'PUSH/PULL';
  readonly workers?: number;
  /** Programs that play at once. */
  readonly parts: number;
  readonly play: (stage: Stage, bind: Bind, size: Size) => Promise<Outcome>;
}

/** What every cast plays. */
const ACTS: readonly Act[] = [
  { pattern: 'REQ/REP', parts: 2, play: hello },
  { pattern: 'PUB/SUB', parts: 2, play: weather },
  ...WORKERS.map((workers) => ({
    pattern: 'PUSH/PULL' as const,
    workers,
    parts: 2 + workers,
    play: (stage: Stage, bind: Bind, size: Size) => pipeline(stage, bind, size, workers),
  })),
];

interface Cast {
  readonly transport: 'inproc' | 'ipc' | 'tcp';
  readonly who: (pattern: Act['pattern']) => string;
  readonly stage: (parts: number, watch: Watch) => Stage;
}

const CASTS: readonly Cast[] = [
  ...(['inproc', 'ipc', 'tcp'] as const).map((transport) => ({
    transport,
    who: () => 'threads',
    stage: (parts: number, watch: Watch) => new Threads(parts, watch),
  })),
  processes([], () => 'processes'),
  // libzmq in either role of each pattern
  processes(['hwclient', 'wuclient', 'taskwork'], (pattern) =>
    pattern === 'PUSH/PULL' ? 'libzmq workers' : 'libzmq client',
  ),
  processes(['hwserver', 'wuserver', 'taskvent', 'tasksink'], (pattern) =>
    pattern === 'PUSH/PULL' ? 'libzmq ventilator and sink' : 'libzmq server',
  ),
];

export const SCENES = CASTS.length * ACTS.length;

function processes(libzmq: readonly Name[], who: Cast['who']): Cast {
  return { transport: 'tcp', who, stage: (_parts, watch) => new Processes(libzmq, watch) };
}

/**
 * Plays everything.
 * @param from the number of the first scene
 * @param folder for the endpoints of ipc
 */
export async function* play(
  size: Size,
  from: number,
  folder: string,
  progress: Progress,
): AsyncGenerator<Row> {
  const watch: Watch = (name, text) => progress.arrived(arrived(name, text));
  let scenes = 0;
  for (const { transport, who, stage } of CASTS) {
    const prefix = {
      inproc: 'inproc://',
      ipc: `ipc://${folder}/`,
      tcp: '',
    }[transport];
    let alone: Outcome | undefined;
    for (const act of ACTS) {
      const { pattern, workers } = act;
      const scene = { pattern, transport, who: who(pattern), ...(workers && { workers }) };
      const number = ++scenes;
      if (number < from) continue;
      const bind: Bind = (name) =>
        transport === 'tcp' ? 'tcp://127.0.0.1:*' : `${prefix}${name}-${number}`;
      progress.begin(
        `[${number}/${SCENES}] ${pattern} over ${transport}, ${scene.who}${share(workers)}`,
      );
      const { outcome, verdict } = await perform(act, stage(act.parts, watch), bind, size);
      progress.end(verdict);
      if (workers === 1) alone = outcome;
      const ofIdeal = compare(outcome, alone, workers);
      yield { ...scene, outcome, verdict, ...(ofIdeal !== undefined && { ofIdeal }) };
    }
  }
}

async function perform(
  act: Act,
  stage: Stage,
  bind: Bind,
  size: Size,
): Promise<Pick<Row, 'outcome' | 'verdict'>> {
  try {
    const limit = PATIENCE + work(size);
    const playing = act.play(stage, bind, size);
    const outcome = await inTime(Promise.race([playing, stage.failure]), limit);
    await inTime(stage.end(), PATIENCE);
    return { outcome, verdict: outcome.problem ?? 'all' };
  } catch (error) {
    killAll();
    return { outcome: undefined, verdict: (error as Error).message };
  }
}

/** The milliseconds that the largest scene works. */
function work({ requests, work: each, updates, zips, tasks, workload: [, most] }: Size): number {
  const published = updates * (1 + zips[1] - zips[0]);
  return Math.max(requests * each, published / UPDATES_PER_MILLISECOND, tasks * most);
}

/** How near a batch came to an Nth of what one worker took; its tasks may have been other ones. */
function compare(
  outcome: Outcome | undefined,
  alone: Outcome | undefined,
  workers: number | undefined,
): number | undefined {
  if (workers === undefined || outcome?.cost === undefined || alone?.cost === undefined) {
    return undefined;
  }
  const ideal = (alone.elapsed * (outcome.cost / alone.cost)) / workers;
  return outcome.elapsed / ideal;
}

function share(workers: number | undefined): string {
  if (workers === undefined) return '';
  return `, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
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
