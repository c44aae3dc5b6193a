// What was in threads of one process, in two: what that costs, beside the threads; and servers for clients elsewhere.

import { ROUND_TRIPS_WARMUP, row, type Row } from '../row.js';
import type { WorkKind } from '../work.js';

const KIB = 2 ** 10;

/** The same between threads of one process. */
const BESIDE_THREADS = {
  style: 'async',
  peer: 'itself',
  peerWork: { transport: 'inproc', threads: 2 },
} as const;

const BETWEEN = ['ipc', 'tcp'] as const;

const PUSH_PULL_1K = {
  ...BESIDE_THREADS,
  pattern: 'push-pull',
  measure: 'throughput',
  bodyBytes: KIB,
} as const;

const TELL = { ...BESIDE_THREADS, pattern: 'tell', measure: 'throughput' } as const;

/** Some 50 µs of a processor for each request; beside it the socket's own thread does that. */
const SERVER = {
  pattern: 'server',
  measure: 'requests',
  transport: 'tcp',
  style: 'async',
  peer: 'itself',
  peerWork: { connections: 0 } satisfies Partial<WorkKind>,
  bodyBytes: 4,
  warmup: 5_000,
} as const;

export const PROCESS_ROWS: readonly Row[] = [
  ...BETWEEN.map((transport) =>
    row(
      {
        ...BESIDE_THREADS,
        name: `actors-ask-${transport}`,
        pattern: 'ask',
        measure: 'round trip',
        transport,
        warmup: ROUND_TRIPS_WARMUP,
      },
      5_000,
      20_000,
    ),
  ),
  ...BETWEEN.map((transport) =>
    row({ ...TELL, name: `actors-tell-16-${transport}`, transport }, 100_000),
  ),
  ...BETWEEN.map((transport) =>
    row(
      {
        ...TELL,
        name: `actors-tell-64K-${transport}`,
        transport,
        bodyBytes: 64 * KIB,
        warmup: 2_500,
      },
      10_000,
    ),
  ),
  row(
    {
      ...PUSH_PULL_1K,
      name: 'inproc-push-pull-1K-async-one-thread',
      transport: 'inproc',
    },
    500_000,
  ),
  ...BETWEEN.map((transport) => row({ ...PUSH_PULL_1K, transport }, 500_000)),
  ...BETWEEN.map((transport) =>
    row(
      {
        ...BESIDE_THREADS,
        name: `pipeline-1K-${transport}`,
        pattern: 'pipeline',
        measure: 'throughput',
        transport,
        bodyBytes: KIB,
      },
      100_000,
      200_000,
    ),
  ),
  row({ ...SERVER, name: 'tcp-server-1-thread', connections: 1 }, 20_000),
  row({ ...SERVER, name: 'tcp-server-2-threads', connections: 2 }, 20_000),
];
