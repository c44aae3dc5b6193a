import type { Measure } from './measures.js';
import type { Target } from './targets.js';
import { isLaunch, type Work, type WorkKind } from './work.js';

/**
 * Beside what a row is measured. `Worker` is a bare one; `node` starts and ends; `itself` is loomwire with other work; `beside`
 * another build of it; `none` leaves it alone.
 */
export type PeerName =
  | 'libzmq'
  | 'zeromq.js'
  | 'postMessage'
  | 'piscina'
  | 'comlink'
  | 'Worker'
  | 'node'
  | 'itself'
  | 'beside'
  | 'none';

/** One line of the table: loomwire's way of doing some work beside a peer's. */
export interface Row extends WorkKind {
  readonly name: string;
  readonly measure: Measure;
  readonly peer: PeerName;
  /**
   * How much each side does while it is measured. It differs where the speeds do: the aim is about a
   * second for each side, enough for compiled code and for the scheduler's mood.
   */
  readonly messages: { readonly ours: number; readonly peer: number };
  /** The warm-up at least, however little is measured. */
  readonly warmup: number;
  /** In what the peer's work is another. */
  readonly peerWork?: Partial<WorkKind>;
  /** ours − peer, in place of ours / peer. */
  readonly compared?: 'difference';
  readonly targets?: readonly Target[];
}

type RowParts = Pick<Row, 'pattern' | 'measure' | 'transport' | 'peer'> & Partial<Row>;

// A small message: the cost of the path, not of the bytes.
const BODY_BYTES = 16;

// Enough to see both marks reached and the hot functions compiled.
const WARMUP = 10_000;

/** V8 compiles what a round trip runs over some ten thousand of them: what came before would be timed with it. */
export const ROUND_TRIPS_WARMUP = 30_000;

export function row(parts: RowParts, ours: number, peer = ours): Row {
  const whole = {
    style: 'blocking',
    threads: 1,
    bodyBytes: BODY_BYTES,
    bodies: 'private',
    touched: false,
    connections: 1,
    topics: 0,
    rate: 0,
    warmup: WARMUP,
    ...parts,
  } as const;
  return { ...whole, name: parts.name ?? nameOf(whole), messages: { ours, peer } };
}

function nameOf(kind: WorkKind): string {
  const { pattern, transport, style, threads, bodyBytes, bodies, touched } = kind;
  const parts = [transport, pattern, sizeName(bodyBytes), style];
  if (bodies !== 'private') parts.push(bodies);
  if (touched) parts.push('touched');
  if (transport === 'inproc' && threads === 1) parts.push('one-thread');
  return parts.join('-');
}

/** 16, 1K, 64K, 1M. */
export function sizeName(bytes: number): string {
  if (bytes >= 2 ** 20) return `${bytes / 2 ** 20}M`;
  return bytes >= 2 ** 10 ? `${bytes / 2 ** 10}K` : String(bytes);
}

/** The row with another build of loomwire as the peer, which does just the same. */
export function besideRow(row: Row): Row {
  const { ours } = row.messages;
  return {
    ...row,
    peer: 'beside',
    messages: { ours, peer: ours },
    peerWork: undefined,
    compared: undefined,
    targets: undefined,
  };
}

// Of what is measured, which takes about a second; it warms caches, connections and compilers, and is not counted. V8 compiles beside
// what runs, for some half second: with a tenth, as it was, ten million messages a second were timed after 40 ms.
const WARMUP_PART = 0.5;

/** The work of one side of a row; `scale` multiplies how much of it there is. */
export function workOf(
  row: Row,
  side: 'ours' | 'peer',
  scale: number,
  highWaterMark: number,
): Work {
  const messages = Math.max(1, Math.round(row.messages[side] * scale));
  const warmup = Math.max(row.warmup, Math.round(messages * WARMUP_PART));
  const { pattern, transport, style, threads, bodyBytes } = row;
  const { bodies, touched, connections, topics, rate } = row;
  return {
    ...{ pattern, transport, style, threads, bodyBytes },
    ...{ bodies, touched, connections, topics, rate },
    ...(side === 'peer' ? row.peerWork : {}),
    // Memory is that of connections which come to so many, and not to half as many again.
    warmup: isLaunch(row) || row.measure === 'memory' ? row.warmup : warmup,
    messages,
    timed: row.measure === 'round trip' || row.measure === 'requests' ? messages : 0,
    highWaterMark,
  };
}
