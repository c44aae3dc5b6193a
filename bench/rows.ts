import type { Sample } from './measure.js';
import type { Pattern, Style, Transport, Work } from './work.js';

/** What a row's numbers mean: a rate, where more is better, or a time, where less is. */
export type Measure = 'throughput' | 'round trip';

/** `beside` is another build of loomwire. */
export type PeerName = 'libzmq' | 'zeromq.js' | 'beside';

/** One line of the table: loomwire's way of doing some work beside a peer's. */
export interface Row {
  readonly name: string;
  readonly measure: Measure;
  readonly pattern: Pattern;
  readonly transport: Transport;
  readonly style: Style;
  readonly threads: Work['threads'];
  readonly bodyBytes: number;
  readonly peer: PeerName;
  /**
   * Messages that each side passes while the clock runs. They differ where the speeds do: the aim
   * is about a second for each side, enough for compiled code and for the scheduler's mood.
   */
  readonly messages: { readonly ours: number; readonly peer: number };
}

// A small message: the cost of the path, not of the bytes.
const BODY_BYTES = 16;

const PUSH_PULL = { pattern: 'push-pull', measure: 'throughput', bodyBytes: BODY_BYTES } as const;
const REQ_REP = { pattern: 'req-rep', measure: 'round trip', bodyBytes: BODY_BYTES } as const;
const INPROC = { transport: 'inproc', threads: 2 } as const;
const ONE_THREAD = { transport: 'inproc', threads: 1 } as const;
const TCP = { transport: 'tcp', threads: 1 } as const;

// The C library's calls block, the binding's calls await: each is met by its own kind.
const BLOCKING = { style: 'blocking', peer: 'libzmq' } as const;
const ASYNC = { style: 'async', peer: 'zeromq.js' } as const;

/** In the table's order. */
export const ROWS: readonly Row[] = [
  row({ ...PUSH_PULL, ...INPROC, ...BLOCKING }, 4_000_000, 4_000_000),
  row({ ...PUSH_PULL, ...INPROC, ...ASYNC }, 1_000_000, 300_000),
  row({ ...PUSH_PULL, ...ONE_THREAD, ...ASYNC }, 1_000_000, 200_000),
  row({ ...PUSH_PULL, ...TCP, ...BLOCKING }, 4_000_000, 4_000_000),
  row({ ...PUSH_PULL, ...TCP, ...ASYNC }, 1_000_000, 200_000),
  row({ ...REQ_REP, ...INPROC, ...BLOCKING }, 300_000, 20_000),
  row({ ...REQ_REP, ...INPROC, ...ASYNC }, 20_000, 10_000),
  row({ ...REQ_REP, ...ONE_THREAD, ...ASYNC }, 120_000, 30_000),
  row({ ...REQ_REP, ...TCP, ...BLOCKING }, 10_000, 10_000),
  row({ ...REQ_REP, ...TCP, ...ASYNC }, 10_000, 10_000),
];

function row(what: Omit<Row, 'name' | 'messages'>, ours: number, peer: number): Row {
  const { transport, pattern, bodyBytes, style, threads } = what;
  const together = transport === 'inproc' && threads === 1 ? '-one-thread' : '';
  const name = `${transport}-${pattern}-${bodyBytes}-${style}${together}`;
  return { ...what, name, messages: { ours, peer } };
}

// A tenth of the messages warms caches, connections and compilers, and is not counted. However few
// are measured, the warm-up must see the pipes full (both marks) and the hot functions compiled.
const WARMUP_PART = 0.1;
const WARMUP_LEAST: Readonly<Record<Measure, number>> = { throughput: 10_000, 'round trip': 1_000 };

/** The row with another build of loomwire as the peer, which does just the same. */
export function besideRow(row: Row): Row {
  const { ours } = row.messages;
  return { ...row, peer: 'beside', messages: { ours, peer: ours } };
}

/** The work of one side of a row; `scale` multiplies its number of messages. */
export function workOf(row: Row, messages: number, scale: number, highWaterMark: number): Work {
  const { pattern, transport, style, threads, bodyBytes } = row;
  const measured = Math.max(1, Math.round(messages * scale));
  const warmup = Math.max(WARMUP_LEAST[row.measure], Math.round(measured * WARMUP_PART));
  return {
    pattern,
    transport,
    style,
    threads,
    bodyBytes,
    warmup,
    messages: measured,
    highWaterMark,
  };
}

/** Messages per second, or microseconds per round trip. */
export function valueOf(row: Row, { messages, nanoseconds }: Sample): number {
  return row.measure === 'throughput'
    ? (messages / nanoseconds) * 1e9
    : nanoseconds / messages / 1e3;
}
