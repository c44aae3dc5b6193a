// What connections, idling and starting cost.

import { row, type Row } from '../row.js';
import { ratio, type Target } from '../targets.js';

const LIBZMQ_TCP = { transport: 'tcp', peer: 'libzmq' } as const;

const IDLE_CONNECTIONS = 5_000;

const MEMORY = {
  ...LIBZMQ_TCP,
  measure: 'memory',
  warmup: IDLE_CONNECTIONS / 10,
  targets: [
    { of: 'ratio', least: 2, goal: 1 },
    { of: 'value', least: 12, goal: 12 },
  ] satisfies Target[],
} as const;

const PROCESSOR_TIME = {
  ...LIBZMQ_TCP,
  pattern: 'cpu',
  measure: 'processor time',
  targets: ratio(1.5, 1),
} as const;

/** A launch at a time: it is measured from its beginning. */
const LAUNCH = { measure: 'launch', warmup: 1 } as const;
const LAUNCHES = 10;

/** Until a connection has this much on its way, which its marks allow, whoever sends only fills pipes. */
const BOTH_MARKS = 2_000;

/** The same messages through many connections, beside one. */
function connectionsRow(connections: number, targets?: readonly Target[]): Row {
  return row(
    {
      name: `tcp-connections-${connections}`,
      pattern: 'connections',
      measure: 'cost',
      transport: 'tcp',
      peer: 'itself',
      connections,
      warmup: connections * BOTH_MARKS,
      peerWork: { connections: 1 },
      ...(targets && { targets }),
    },
    2_000_000,
  );
}

export const COST_ROWS: readonly Row[] = [
  connectionsRow(10),
  connectionsRow(100),
  connectionsRow(1_000, ratio(2, 1.3)),
  row({ ...MEMORY, name: 'tcp-memory-accepted', pattern: 'memory-accepted' }, IDLE_CONNECTIONS),
  row({ ...MEMORY, name: 'tcp-memory-connected', pattern: 'memory-connected' }, IDLE_CONNECTIONS),
  row({ ...PROCESSOR_TIME, name: 'tcp-cpu-16-flat-out' }, 4_000_000),
  row({ ...PROCESSOR_TIME, name: 'tcp-cpu-16-1000-a-second', rate: 1_000 }, 10_000),
  // Ten seconds of four threads with nothing to do. What the table shows as 0.00 counts as nothing.
  row(
    {
      name: 'idle-100-sockets',
      pattern: 'idle',
      measure: 'load',
      transport: 'tcp',
      peer: 'none',
      connections: 100,
      warmup: 1,
      targets: [{ of: 'value', least: 0.5, goal: 0.005 }],
    },
    10_000,
  ),
  row(
    {
      ...LAUNCH,
      name: 'import',
      pattern: 'import',
      transport: 'inproc',
      peer: 'node',
      compared: 'difference',
      targets: [{ of: 'difference', least: { node20: 60, node24: 30 }, goal: 20 }],
    },
    LAUNCHES,
  ),
  row(
    {
      ...LAUNCH,
      name: 'tcp-first-message',
      pattern: 'first-message',
      transport: 'tcp',
      style: 'async',
      peer: 'zeromq.js',
      targets: ratio({ node20: 1.5, node24: 2.5 }, 1),
    },
    LAUNCHES,
  ),
];
