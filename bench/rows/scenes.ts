// Programs of several sockets: publishers and their crowds, a proxy, workers, actors.

import { ROUND_TRIPS_WARMUP, row, type Row } from '../row.js';
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
  // Ours: a pool that is fed by rings, called as piscina is.
  row(
    {
      name: 'workers-pool-piscina',
      pattern: 'pool',
      measure: 'tasks',
      transport: 'inproc',
      peer: 'piscina',
      warmup: 1_000,
      targets: ratio(10, 15),
    },
    100_000,
    20_000,
  ),
  // The same, with tasks of some 1 µs: there it counts what a task costs beside itself.
  row(
    {
      name: 'workers-tiny-piscina',
      pattern: 'tiny-pool',
      measure: 'tasks',
      transport: 'inproc',
      peer: 'piscina',
      warmup: 20_000,
      targets: ratio(10, 15),
    },
    400_000,
    40_000,
  ),
  // Ours: an actor with a thread of its own. Both: a call there and back, after which comes the next.
  row(
    {
      name: 'actors-ask-comlink',
      pattern: 'ask',
      measure: 'round trip',
      transport: 'inproc',
      style: 'async',
      peer: 'comlink',
      warmup: ROUND_TRIPS_WARMUP,
      targets: ratio(0.5, 0.25),
    },
    20_000,
    10_000,
  ),
  // An actor for each of the threads that wait; beside it what a thread takes that is started when it is needed.
  row(
    {
      name: 'actors-spawn-warm',
      pattern: 'spawn',
      measure: 'launch',
      transport: 'inproc',
      style: 'async',
      peer: 'Worker',
      warmup: 3,
      targets: [{ of: 'value', least: 5, goal: 5 }],
    },
    20,
  ),
  // Stages that do nothing, with a thread each; what an item costs for each of them.
  row(
    {
      name: 'pipeline-1K',
      pattern: 'pipeline',
      measure: 'cost',
      transport: 'inproc',
      peer: 'none',
      bodyBytes: 1024,
      connections: 3,
      targets: [{ of: 'value', least: 5, goal: 3 }],
    },
    200_000,
  ),
  // A stage of two threads beside one of one, where only the processor counts; when all threads are there, and warm.
  row(
    {
      name: 'pipeline-2-threads',
      pattern: 'stage',
      measure: 'tasks',
      transport: 'inproc',
      peer: 'itself',
      connections: 2,
      peerWork: { connections: 1 },
      warmup: 2_000,
      targets: ratio(1.8, 1.9),
    },
    20_000,
    5_000,
  ),
];
