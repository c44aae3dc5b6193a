import { expect } from 'chai';
import { explore, type Outcome, type Scenario } from './search/explore.js';
import {
  BODY_MUTANTS,
  DOORBELL_MUTANTS,
  type Mutant,
  PIPE_MUTANTS,
  READY_LIST_MUTANTS,
  RING_MUTANTS,
} from './search/mutants.js';
import { load } from './search/program.js';

/** Scenarios by name, each with the preemptions up to which it is searched. */
type Bounds = Readonly<Record<string, number>>;

interface Protocol {
  readonly file: string;
  readonly bounds: Bounds;
  readonly mutants: readonly Mutant[];
}

/** Every schedule there is. */
const ALL = Infinity;
/** A mutant must be found without many of them. */
const MUTANT_BOUND = 3;

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ring: {
    file: 'ring',
    bounds: {
      multipart: ALL,
      highWaterMark: ALL,
      wrapToZero: ALL,
      wrapAndGrow: ALL,
      releaseLate: ALL,
    },
    mutants: RING_MUTANTS,
  },
  doorbell: {
    file: 'signals',
    bounds: { stateRaised: 3, twoPushers: 3, terminated: 3, progressReported: 3 },
    mutants: DOORBELL_MUTANTS,
  },
  'ready list': {
    file: 'signals',
    bounds: { dataSignal: 3, roomSignal: 3, twoRings: 3, twoFullRings: 2 },
    mutants: READY_LIST_MUTANTS,
  },
  pipe: {
    file: 'pipes',
    bounds: {
      command: 3,
      refuse: 3,
      joinLate: 3,
      introduceEachOther: 2,
      bothLeave: 3,
      writeAndLeave: 3,
      leaveFullPipe: 3,
      fullPipe: 2,
    },
    mutants: PIPE_MUTANTS,
  },
  bodies: {
    file: 'bodies',
    bounds: {
      heldInHand: 3,
      sharedByTwo: 2,
      counted: ALL,
      memoryInAHand: 1,
      memoryInARing: 1,
    },
    mutants: BODY_MUTANTS,
  },
};

describe('interleavings of the shipped source', () => {
  for (const [protocol, { file, bounds, mutants }] of Object.entries(PROTOCOLS)) {
    describe(protocol, () => {
      for (const [name, bound] of Object.entries(bounds)) {
        it(`${name}: no schedule fails`, function () {
          const outcome = explore(scenarioOf(load(pathOf(file)), name), bound);
          // The runner shows the title when the test has passed.
          this.test!.title += ` (${describeSearch(outcome, bound)})`;
          expect(outcome.failure && format(outcome), 'a failing schedule').to.equal(undefined);
          expect(outcome.schedules).to.be.greaterThan(10);
        });
      }

      for (const mutant of mutants) {
        it(`mutant: ${mutant.name} is killed`, function () {
          const program = load(pathOf(file), [mutant]);
          for (const [name, bound] of Object.entries(bounds)) {
            const start = scenarioOf(program, name);
            const { failure, schedules } = explore(start, Math.min(bound, MUTANT_BOUND));
            if (failure === undefined) continue;
            this.test!.title += ` (${name}, schedule ${schedules}: ${failure.message})`;
            return;
          }
          expect.fail('no scenario tells it from the right source');
        });
      }
    });
  }
});

function pathOf(file: string): string {
  return `test/model/search/scenarios/${file}.ts`;
}

function scenarioOf(program: unknown, name: string): () => Scenario {
  const start = (program as Record<string, () => Scenario>)[name];
  if (start === undefined) throw new Error(`There is no scenario ${name}`);
  return start;
}

function describeSearch({ schedules, steps, states }: Outcome, bound: number): string {
  const preemptions = bound === ALL ? 'all schedules' : `${bound} preemptions`;
  return `${preemptions}: ${schedules} runs, ${steps} steps, ${states} states`;
}

function format({ failure }: Outcome): string {
  return `${failure!.message}\n${failure!.trace.join('\n')}`;
}
