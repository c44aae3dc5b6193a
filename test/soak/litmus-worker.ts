import { workerData } from 'node:worker_threads';
import { add, load, notify, store, wait } from '../../src/runtime/memory/atomics.js';
import { Random } from '../support/random.js';
import {
  ANSWERS_AT,
  BATCH,
  CELLS_AT,
  LITMUS_TESTS,
  type LitmusPlan,
  MEETING,
  ROUND_AT,
  STRIDE,
} from './litmus-tests.js';
import { conclude, tell } from './threads.js';

/** One of the two threads of a litmus test; thread 0 counts. */

/** Looks for the other thread this often before it sleeps: sides that meet spinning start together. */
const SPINS = 20_000;
/** A thread looks this often whether the other is at the same round; it may have lost its core. */
const ROUND_SPINS = 200;
/** It then starts by up to this many loads later, so that all offsets occur. */
const STAGGER = 8;
/** Batches between two words on the progress. */
const REPORTED = 256;

const { name, variant, memory, thread, rounds } = workerData as LitmusPlan;
const words = new Int32Array(memory);
const test = LITMUS_TESTS.find((one) => one.name === name && one.variant === variant)!;
const side = test.sides[thread]!;
const random = new Random(thread);
/** How often each pair of answers came, by the first thread's plus 4 times the second's. */
const outcomes = new Array<number>(16).fill(0);

let met = 0;
for (let done = 0, batch = 0; done < rounds; batch++) {
  const count = Math.min(BATCH, rounds - done);
  meet();
  play(count);
  meet();
  if (thread === 0) judge(count);
  done += count;
  if (thread === 0 && batch % REPORTED === 0) tell(done);
}
conclude(outcomes);

function play(count: number): void {
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
function judge(count: number): void {
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
function meet(): void {
  met += 2;
  if (add(words, MEETING, 1) + 1 === met) {
    notify(words, MEETING);
    return;
  }
  for (let spins = 0; spins < SPINS; spins++) if (load(words, MEETING) >= met) return;
  // It may go on to the next meeting, but no further without us.
  for (let come = load(words, MEETING); come < met; come = load(words, MEETING)) {
    wait(words, MEETING, come, Infinity);
  }
}
