// Programs of several sockets: publishers and their crowds, a proxy, workers.

import { row, type Row } from '../row.js';
import { ratio } from '../targets.js';

const SUBSCRIBERS = 100;
const PREFIXES = 100_000;

const LIBZMQ = { measure: 'throughput', peer: 'libzmq' } as const;

export const SCENE_ROWS: readonly Row[] = [
  // The updates of all zip codes are published, and a client wants those of one.
  row(
    {
      name: 'tcp-weather',
      pattern: 'weather',
      measure: 'ten million',
      transport: 'tcp',
      peer: 'libzmq',
      topics: 1,
      targets: ratio(1, 0.6),
    },
    10_000_000,
  ),
  row(
    {
      ...LIBZMQ,
      name: `tcp-fan-out-${SUBSCRIBERS}-64`,
      pattern: 'fan-out',
      transport: 'tcp',
      bodyBytes: 64,
      connections: SUBSCRIBERS,
      warmup: 2_500,
      targets: ratio(1, 1.5),
    },
    15_000,
  ),
  row(
    {
      ...LIBZMQ,
      name: `inproc-match-${PREFIXES}`,
      pattern: 'match',
      transport: 'inproc',
      threads: 2,
      topics: PREFIXES,
      targets: ratio(1, 2),
    },
    2_000_000,
  ),
  row(
    {
      ...LIBZMQ,
      name: 'inproc-proxy-16',
      pattern: 'proxy',
      transport: 'inproc',
      targets: ratio(1, 1.5),
    },
    2_000_000,
  ),
  row(
    {
      name: 'workers-16-postmessage',
      pattern: 'push-pull',
      measure: 'throughput',
      transport: 'inproc',
      threads: 2,
      peer: 'postMessage',
      targets: ratio(20, 40),
    },
    4_000_000,
    300_000,
  ),
  // Ours: PUSH to two workers, and PULL of what they have found.
  row(
    {
      name: 'workers-tasks-piscina',
      pattern: 'tasks',
      measure: 'tasks',
      transport: 'inproc',
      peer: 'piscina',
      warmup: 1_000,
      targets: ratio(10, 20),
    },
    100_000,
  ),
];
