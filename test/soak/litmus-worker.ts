import { add, load, notify, store, wait, type Words } from '../../src/runtime/memory/atomics.js';
import { Random } from '../support/random.js';
import {
  ANSWERS_AT,
  BATCH,
  CELLS_AT,
  LITMUS_TESTS,
  type LitmusPlan,
  MEETING,
  ROUND_AT,
  type Side,
  STRIDE,
} from './litmus-tests.js';
import { serve, tell } from './threads.js';

/** One of the two threads of a litmus test; thread 0 counts. */

/** Looks for the other thread this often before it sleeps: sides that meet spinning start together. */
const SPINS = 20_000;
/** A thread looks this often whether the other is at the same round; it may have lost its core. */
const ROUND_SPINS = 200;
/** It then starts by up to this many loads later, so that all offsets occur. */
const STAGGER = 8;
/** Batches between two words on the progress. */
const REPORTED = 256;

serve(({ name, variant, memory, thread, rounds }: LitmusPlan) => {
  const test = LITMUS_TESTS.find((one) => one.name === name && one.variant === variant)!;
  return new Player(new Int32Array(memory), thread, test.sides[thread]!).play(rounds);
});

class Player {
  private readonly random: Random;
  /** How often this thread and the other were to have met, together. */
  private met = 0;
  /** How often each pair of answers came, by the first thread's plus 4 times the second's. */
  private readonly outcomes = new Array<number>(16).fill(0);

  constructor(
    private readonly words: Words,
    private readonly thread: number,
    private readonly side: Side,
  ) {
    this.random = new Random(thread);
  }

  play(rounds: number): readonly number[] {
    for (let done = 0, batch = 0; done < rounds; batch++) {
      const count = Math.min(BATCH, rounds - done);
      this.meet();
      this.playBatch(count);
      this.meet();
      if (this.thread === 0) this.judge(count);
      done += count;
      if (this.thread === 0 && batch % REPORTED === 0) tell(done);
    }
    return this.outcomes;
  }

  private playBatch(count: number): void {
    const { words, thread, side, random } = this;
    const answers = ANSWERS_AT + thread * BATCH;
    const [own, other] = [ROUND_AT + thread * STRIDE, ROUND_AT + (1 - thread) * STRIDE];
    for (let i = 0; i < count; i++) {
      store(words, own, i);
      for (let spins = 0; spins < ROUND_SPINS && load(words, other) < i; spins++);
      for (let turns = random.below(STAGGER); turns > 0; turns--) load(words, own);
      const x = CELLS_AT + 2 * STRIDE * i;
      words[answers + i] = side(words, x, x + STRIDE);
    }
  }

  /** Between two meetings the memory is thread 0's alone. */
  private judge(count: number): void {
    const { words, outcomes } = this;
    for (let i = 0; i < count; i++) {
      outcomes[words[ANSWERS_AT + i]! + 4 * words[ANSWERS_AT + BATCH + i]!]!++;
      const x = CELLS_AT + 2 * STRIDE * i;
      words[x] = 0;
      words[x + STRIDE] = 0;
    }
    store(words, ROUND_AT, 0);
    store(words, ROUND_AT + STRIDE, 0);
  }

  /** Passes when both have come. */
  private meet(): void {
    const { words } = this;
    this.met += 2;
    if (add(words, MEETING, 1) + 1 === this.met) {
      notify(words, MEETING);
      return;
    }
    for (let spins = 0; spins < SPINS; spins++) if (load(words, MEETING) >= this.met) return;
    // The other may go on to the next meeting, but no further without us.
    for (let come = load(words, MEETING); come < this.met; come = load(words, MEETING)) {
      wait(words, MEETING, come, Infinity);
    }
  }
}
