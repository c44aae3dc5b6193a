// What a message costs: rates and round trips, by transport, size and way of handing over.

import { ROUND_TRIPS_WARMUP, row, type Row } from '../row.js';
import { ratio } from '../targets.js';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

const PUSH_PULL = { pattern: 'push-pull', measure: 'throughput' } as const;
const REQ_REP = { pattern: 'req-rep', measure: 'round trip', warmup: ROUND_TRIPS_WARMUP } as const;

const INPROC = { transport: 'inproc', threads: 2 } as const;
const ONE_THREAD = { transport: 'inproc', threads: 1 } as const;

// The C library's calls block, the binding's calls await: each is met by its own kind.
const BLOCKING = { style: 'blocking', peer: 'libzmq' } as const;
const ASYNC = { style: 'async', peer: 'zeromq.js' } as const;

const INPROC_RATE = { ...PUSH_PULL, ...INPROC, ...BLOCKING } as const;
const IPC_RATE = { ...PUSH_PULL, transport: 'ipc', ...BLOCKING } as const;
const TCP_RATE = { ...PUSH_PULL, transport: 'tcp', ...BLOCKING } as const;

// The warm-up of large bodies reaches both marks, and goes little further.
const SMALL = { bodyBytes: KIB } as const;
const LARGE = { bodyBytes: 64 * KIB, warmup: 2_500 } as const;
const HUGE = { bodyBytes: MIB, warmup: 2_200 } as const;
const SMALL_TOUCHED = { ...SMALL, touched: true } as const;
const LARGE_TOUCHED = { ...LARGE, touched: true } as const;

const MANY = { bodies: 'many' } as const;
const INTO = { bodies: 'into' } as const;
const LEASE = { bodies: 'lease' } as const;

/** In the table's order. */
export const MESSAGE_ROWS: readonly Row[] = [
  // Between threads
  row({ ...INPROC_RATE, targets: ratio(1, 1.5) }, 4_000_000),
  row({ ...INPROC_RATE, ...SMALL_TOUCHED, targets: ratio(0.8, 1) }, 1_500_000),
  row({ ...INPROC_RATE, ...SMALL_TOUCHED, ...INTO, targets: ratio(1, 1.5) }, 1_500_000),
  row({ ...INPROC_RATE, ...LARGE_TOUCHED, targets: ratio(0.4, 0.8) }, 60_000, 100_000),
  row({ ...INPROC_RATE, ...LARGE_TOUCHED, ...INTO, targets: ratio(1, 1.3) }, 100_000),
  row({ ...INPROC_RATE, ...LARGE_TOUCHED, ...LEASE, targets: ratio(1.5, 2.5) }, 200_000, 100_000),
  row({ ...INPROC_RATE, ...LARGE, ...LEASE, targets: ratio(0.5, 1) }, 1_000_000),
  row({ ...PUSH_PULL, ...INPROC, ...ASYNC, targets: ratio(15, 25) }, 1_000_000, 300_000),
  row({ ...PUSH_PULL, ...ONE_THREAD, ...ASYNC, targets: ratio(15, 25) }, 1_000_000, 200_000),

  // Between processes
  row({ ...TCP_RATE, targets: ratio(1.3, 2) }, 4_000_000),
  row({ ...TCP_RATE, ...MANY, targets: ratio(1.5, 2.5) }, 4_000_000),
  row({ ...TCP_RATE, ...SMALL, targets: ratio(1, 1.4) }, 500_000),
  row({ ...TCP_RATE, ...LARGE, targets: ratio(0.75, 1) }, 25_000),
  row({ ...TCP_RATE, ...LARGE, ...LEASE, targets: ratio(1, 1.5) }, 25_000),
  row({ ...TCP_RATE, ...HUGE, targets: ratio(0.5, 0.9) }, 1_500),
  row({ ...TCP_RATE, ...HUGE, ...LEASE, targets: ratio(0.9, 1.1) }, 1_500),
  row({ ...PUSH_PULL, transport: 'tcp', ...ASYNC, targets: ratio(15, 25) }, 1_000_000, 200_000),
  row({ ...IPC_RATE, targets: ratio(1.3, 2) }, 4_000_000),
  row({ ...IPC_RATE, ...SMALL, targets: ratio(1, 1.4) }, 500_000),

  // There and back
  row({ ...REQ_REP, ...INPROC, ...BLOCKING, targets: ratio(0.25, 0.1) }, 300_000, 20_000),
  row({ ...REQ_REP, ...INPROC, ...ASYNC, targets: ratio(0.5, 0.25) }, 20_000, 10_000),
  row({ ...REQ_REP, ...ONE_THREAD, ...ASYNC, targets: ratio(0.5, 0.25) }, 120_000, 30_000),
  row({ ...REQ_REP, transport: 'tcp', ...BLOCKING, targets: ratio(1, 0.7) }, 10_000),
  row({ ...REQ_REP, transport: 'tcp', ...ASYNC, targets: ratio(0.8, 0.6) }, 10_000),
  row({ ...REQ_REP, transport: 'ipc', ...BLOCKING, targets: ratio(1, 0.7) }, 10_000),
];
