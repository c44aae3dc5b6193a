import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';
import type { Pipeline, PipelineReport, System } from '../../../src/actors.js';
import type { Threads } from '../../actors/support/threads.js';
import type { Random } from '../../support/random.js';
import type increment from './stage.js';

const STAGES = 2;
const STAGE_THREADS = 2;
/** Of the source, one after the other, and then a pause of so many milliseconds. */
const ITEMS_IN_A_ROW = 8;
const PAUSE = 5;
/** More than an item can lose threads in a row. */
const RETRIES = 1000;
/** After so many items more, at most, a thread of a stage is terminated. */
const ITEMS_BETWEEN = 2000;
const IN_FLIGHT = 64;

/** A pipeline whose threads die by themselves, and by this one's hand, until `end`. */
export class Flow {
  readonly #pipeline: Pipeline;
  readonly #seen = new Set<number>();
  readonly #random: Random;
  readonly #threads: Threads;
  #next = 0;
  #over = false;
  #untilKill: number;

  constructor(
    sys: System,
    threads: Threads,
    random: Random,
    name: 'unordered' | 'ordered' | 'endless',
  ) {
    const ordered = name !== 'unordered';
    this.#random = random;
    this.#threads = threads;
    this.#untilKill = 1 + random.below(ITEMS_BETWEEN);
    const url = new URL(`stage.js?seed=${random.next()}`, import.meta.url);
    let pipe = sys
      .pipeline({ name, retry: RETRIES, ordered, inFlight: IN_FLIGHT })
      .source(this.#items())
      .stage<typeof increment>(url, { threads: STAGE_THREADS, credit: 8 });
    for (let stage = 1; stage < STAGES; stage++) {
      pipe = pipe.stage<typeof increment>(url, { threads: STAGE_THREADS, credit: 8 });
    }
    this.#pipeline = pipe.sink((item, index) => this.#deliver(item, index, ordered));
  }

  run(): Promise<PipelineReport> {
    return this.#pipeline.run();
  }

  /** Resolves when so many items have come through. */
  async delivered(count: number): Promise<void> {
    while (this.#seen.size < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** The source comes to its end. */
  end(): void {
    this.#over = true;
  }

  /** Every item that was accepted has come through, once. @returns what became of them */
  check(): { items: number; stages: number; retried: number } {
    const { accepted, delivered, lost, stages } = this.#pipeline.stats();
    // The source is told of the last one by being asked for the next.
    expect(accepted, 'accepted').to.be.within(this.#next - 1, this.#next);
    expect({ delivered, lost, seen: this.#seen.size }).to.deep.equal({
      ...{ delivered: accepted, lost: 0, seen: accepted },
    });
    const sum = (of: 'deaths' | 'retried'): number => stages.reduce((all, one) => all + one[of], 0);
    return { items: accepted, stages: sum('deaths'), retried: sum('retried') };
  }

  async *#items(): AsyncGenerator<number> {
    while (!this.#over) {
      yield this.#next++;
      if (this.#next % ITEMS_IN_A_ROW === 0) await setTimeout(PAUSE);
    }
  }

  #deliver(item: number, index: number, ordered: boolean): void {
    expect(item, 'an item').to.equal(index + STAGES);
    expect(this.#seen.has(index), `item ${index} again`).to.equal(false);
    if (ordered) expect(index, 'in order').to.equal(this.#seen.size);
    this.#seen.add(index);
    if (this.#untilKill-- > 0) return;
    this.#untilKill = 1 + this.#random.below(ITEMS_BETWEEN);
    const members = [...this.#threads.members];
    if (members.length > 0) void this.#random.pick(members).terminate();
  }
}
