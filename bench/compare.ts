import { measure, type Sample } from './measure.js';
import type { Options } from './options.js';
import type { Library } from './peers/command.js';
import { ratioOf, type RowResult, sideOf } from './results.js';
import { type Row, workOf } from './rows.js';

/** A library, and why it cannot be measured here if it cannot. */
export interface Candidate {
  readonly library: Library;
  readonly unavailable: string | undefined;
}

/** Told before each run: which pair, and whose turn it is. */
export type OnRun = (pair: number, library: string) => void;

/** Runs ours and the peer in turn: A B A B. A side that fails drops out; the other goes on. */
export async function compare(
  row: Row,
  ours: Candidate,
  peer: Candidate,
  { pairs, scale, highWaterMark }: Options,
  onRun: OnRun,
): Promise<RowResult> {
  const turns = [
    new Turn(ours, (library) =>
      measure(library, workOf(row, row.messages.ours, scale, highWaterMark)),
    ),
    new Turn(peer, (library) =>
      measure(library, workOf(row, row.messages.peer, scale, highWaterMark)),
    ),
  ] as const;
  for (let pair = 1; pair <= pairs; pair++) {
    for (const turn of turns) {
      if (turn.problem !== undefined) continue;
      onRun(pair, turn.name);
      await turn.take();
    }
  }
  const [a, b] = turns.map((turn) => sideOf(row, turn.name, turn.samples, turn.problem));
  return { row, ours: a!, peer: b!, ratio: ratioOf(row, a!, b!) };
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

  async take(): Promise<void> {
    try {
      this.samples.push(await this.#run());
    } catch (error) {
      this.problem = `failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
