import type { Row } from './row.js';
import { COST_ROWS } from './rows/costs.js';
import { MESSAGE_ROWS } from './rows/messages.js';
import { PROCESS_ROWS } from './rows/processes.js';
import { SCENE_ROWS } from './rows/scenes.js';

/** In the table's order. */
export const ROWS: readonly Row[] = [...MESSAGE_ROWS, ...SCENE_ROWS, ...PROCESS_ROWS, ...COST_ROWS];

/** What `--quick` runs: little, but with every kind of work that does not take its time. */
const QUICK: ReadonlySet<string> = new Set([
  'inproc-push-pull-16-blocking',
  'inproc-push-pull-64K-blocking-lease-touched',
  'inproc-push-pull-16-async-one-thread',
  'tcp-req-rep-16-async',
  'ipc-req-rep-16-blocking',
  'tcp-weather',
  'tcp-fan-out-100-64',
  'inproc-proxy-16',
  'workers-16-postmessage',
  'workers-tasks-piscina',
  'workers-pool-piscina',
  'actors-ask-comlink',
  'actors-spawn-warm',
  'pipeline-1K',
  'pipeline-2-threads',
  'actors-tell-16-tcp',
  'tcp-server-2-threads',
  'tcp-connections-10',
  'tcp-memory-accepted',
  'tcp-cpu-16-flat-out',
  'import',
  'tcp-first-message',
]);

export const QUICK_ROWS: readonly Row[] = ROWS.filter(({ name }) => QUICK.has(name));
