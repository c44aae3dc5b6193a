import type { CoreDistance } from './core-distance.js';
import { measure, type Sample } from './measure.js';
import type { Options } from './options.js';
import type { Library } from './peers/command.js';
import { pairByPair, type RowResult, type Side, sideOf } from './results.js';
import { type Row, workOf } from './row.js';
import { summarize } from './statistics.js';

/** A library, and why it cannot be measured here if it cannot. */
export interface Candidate {
  readonly library: Library;
  readonly unavailable: string | undefined;
}

/** Told before each run: which pair, and whose turn it is. */
export type OnRun = (pair: number, library: string) => void;

/**
 * Runs ours and the peer, if there is one, in turn: A B A B. A side that fails drops out; the other goes on. Before each
 * pair, how far the cores are from each other is looked at.
 */
export async function compare(
  row: Row,
  ours: Candidate,
  peer: Candidate | undefined,
  { pairs, scale, highWaterMark }: Options,
  cores: CoreDistance,
  onRun: OnRun,
): Promise<RowResult> {
  const turn = (candidate: Candidate, side: 'ours' | 'peer'): Turn =>
    new Turn(candidate, (library) => measure(library, workOf(row, side, scale, highWaterMark)));
  const a = turn(ours, 'ours');
  const b = peer && turn(peer, 'peer');
  const distances: number[] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    const distance = cores.measure();
    if (distance !== undefined) distances.push(distance);
    for (const side of [a, b]) {
      if (side === undefined || side.problem !== undefined) continue;
      onRun(pair, side.name);
      await side.take();
    }
  }
  const sides = { ours: a.side(row), peer: b?.side(row) };
  const coreDistance = distances.length === 0 ? undefined : summarize(distances);
  return { row, ...sides, ...pairByPair(row, sides.ours, sides.peer), coreDistance };
}

class Turn {
  readonly name: string;
  readonly samples: Sample[] = [];
  problem: string | undefined;
  readonly #run: () => Promise<Sample>;

  constructor({ library, unavailable }: Candidate, run: (library: Library) => Promise<Sample>) {
    this.name = library.name;
    this.problem = unavailable;
    this.#run = () => run(library);
  }

  side(row: Row): Side {
    return sideOf(row, this.name, this.samples, this.problem);
  }

  async take(): Promise<void> {
    try {
      this.samples.push(await this.#run());
    } catch (error) {
      this.problem = `failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
