import { coarseNow, elapsed } from '../base/clock.js';
import { load, type Words } from '../memory/atomics.js';
import { PIPE_INPROC, PIPE_KIND, PIPE_RING_A, PIPE_RING_B } from '../pipe/layout.js';
import {
  HWM_CONFLATES,
  RING_CONFLATED,
  RING_CONSUMER_SLOT,
  RING_HEAD,
  RING_HWM,
  RING_MESSAGES,
  RING_PASSED_OVER,
  RING_READ,
  RING_SIGNALS,
  RING_STARVED,
  RING_STARVED_SINCE,
  RING_TAIL,
} from '../ring/layout.js';
import { positionIn } from '../ring/tail.js';
import { LISTED_PIPE_A, LISTED_PIPE_B, type Listed } from '../thread/directory.js';
import { isIoSlot } from './read-threads.js';
import type { PipeEndStats, PipeStats } from './stats.js';

/** A pipe, by the ends that are listed. */
interface Ends {
  a?: Listed;
  b?: Listed;
}

/** What is listed of pipes, two rows each, in the order of the threads that list them. */
export function readPipes(words: Words, listed: readonly Listed[]): PipeStats[] {
  const pipes: PipeStats[] = [];
  for (const [at, ends] of endsOf(listed)) {
    const kind = load(words, at + PIPE_KIND) === PIPE_INPROC ? 'inproc' : 'session';
    const [a, b] = [toEnd(ends.a), toEnd(ends.b)];
    const rows = [
      { pipe: at, kind, from: a, to: b, ...readRing(words, at + PIPE_RING_A) },
      { pipe: at, kind, from: b, to: a, ...readRing(words, at + PIPE_RING_B) },
    ] as const;
    // If not, it may have been freed, and its memory be anything by now.
    if (ends.a?.unchanged() === true || ends.b?.unchanged() === true) pipes.push(...rows);
  }
  return pipes;
}

function endsOf(listed: readonly Listed[]): Map<number, Ends> {
  const pipes = new Map<number, Ends>();
  for (const entry of listed) {
    if (entry.kind !== LISTED_PIPE_A && entry.kind !== LISTED_PIPE_B) continue;
    let ends = pipes.get(entry.at);
    if (ends === undefined) pipes.set(entry.at, (ends = {}));
    if (entry.kind === LISTED_PIPE_A) ends.a = entry;
    else ends.b = entry;
  }
  return pipes;
}

function toEnd(listed: Listed | undefined): PipeEndStats | undefined {
  if (listed === undefined) return undefined;
  const { slot, socket, left } = listed;
  return { slot, socket: socket === 0 ? undefined : socket, left };
}

type RingStats = Pick<
  PipeStats,
  | 'highWaterMark'
  | 'conflates'
  | 'written'
  | 'read'
  | 'conflated'
  | 'queued'
  | 'bytes'
  | 'full'
  | 'waiting'
>;

function readRing(words: Words, ring: number): RingStats {
  // The reader's words first: what it has read was written before.
  const head = load(words, ring + RING_HEAD);
  const allRead = load(words, ring + RING_READ);
  const passedOver = load(words, ring + RING_PASSED_OVER);
  const starved = load(words, ring + RING_STARVED) !== 0;
  const since = load(words, ring + RING_STARVED_SINCE);
  const tail = positionIn(load(words, ring + RING_TAIL), head);
  const written = load(words, ring + RING_MESSAGES);
  const signals = load(words, ring + RING_SIGNALS);
  const gaveWay = load(words, ring + RING_CONFLATED);
  const mark = load(words, ring + RING_HWM);
  const conflates = mark === HWM_CONFLATES;
  const highWaterMark = conflates ? 0 : mark;
  const counts = !isIoSlot(load(words, ring + RING_CONSUMER_SLOT));
  const queued = counts ? positive(written + signals - allRead) : undefined;
  return {
    highWaterMark,
    conflates,
    written: (written + gaveWay) >>> 0,
    read: counts ? positive(allRead - passedOver - signals) : undefined,
    conflated: (gaveWay + passedOver) >>> 0,
    queued,
    bytes: (tail - head) >>> 0,
    full: starved || (queued !== undefined && highWaterMark > 0 && queued >= highWaterMark),
    waiting: starved ? elapsed(coarseNow(), since) : undefined,
  };
}

/** A difference of counts, modulo 2^32. One that is below zero was read while it changed. */
function positive(difference: number): number {
  return (difference | 0) < 0 && difference > -(2 ** 16) ? 0 : difference >>> 0;
}
