import { explore, type Outcome, type Scenario } from './explore.js';
import {
  BODY_MUTANTS,
  CONFLATE_MUTANTS,
  CONNECTION_MUTANTS,
  DEATH_MUTANTS,
  DIRECTORY_MUTANTS,
  DOORBELL_MUTANTS,
  ENDING_MUTANTS,
  FORSAKEN_MUTANTS,
  IO_PLACE_MUTANTS,
  type Mutant,
  PIECE_MUTANTS,
  PIPE_MUTANTS,
  READY_LIST_MUTANTS,
  RING_MUTANTS,
} from './mutants.js';
import { load } from './program.js';

/** What is searched, and how far: in `npm test`, and in `npm run search`. */

/** How many preemptions a scenario is searched up to. */
export interface Bounds {
  /** Takes no more than a few seconds. */
  readonly quick: number;
  /** May take minutes, or not come to an end. */
  readonly deep: number;
}

export interface Protocol {
  /** The file of its scenarios. */
  readonly file: string;
  readonly scenarios: Readonly<Record<string, Bounds>>;
  readonly mutants: readonly Mutant[];
}

/** Every schedule there is. */
export const ALL = Infinity;
/** A mutant must be found without many preemptions. */
const MUTANT_BOUND = 3;
/** How many schedules of each scenario are tried for one, at first and then. */
const MUTANT_SCHEDULES = [64, 2048, Infinity];

const EVERY: Bounds = { quick: ALL, deep: ALL };

export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ring: {
    file: 'ring',
    scenarios: {
      multipart: EVERY,
      highWaterMark: EVERY,
      wrapToZero: EVERY,
      wrapAndGrow: EVERY,
      releaseLate: EVERY,
      shortBesideUnread: EVERY,
    },
    mutants: RING_MUTANTS,
  },
  doorbell: {
    file: 'signals',
    scenarios: {
      stateRaised: { quick: 3, deep: 5 },
      twoPushers: { quick: 3, deep: 5 },
      terminated: { quick: 3, deep: 5 },
      progressReported: { quick: 3, deep: 5 },
    },
    mutants: DOORBELL_MUTANTS,
  },
  'ready list': {
    file: 'signals',
    scenarios: {
      dataSignal: { quick: 3, deep: 5 },
      roomSignal: { quick: 3, deep: 5 },
      wrappedSignal: { quick: 3, deep: 5 },
      twoRings: { quick: 3, deep: 5 },
      markRaised: EVERY,
      twoFullRings: { quick: 2, deep: 5 },
    },
    mutants: READY_LIST_MUTANTS,
  },
  pipe: {
    file: 'pipes',
    scenarios: {
      command: { quick: 3, deep: 5 },
      refuse: { quick: 3, deep: 5 },
      joinLate: { quick: 3, deep: 5 },
      introduceEachOther: { quick: 2, deep: 5 },
      bothLeave: { quick: 3, deep: 5 },
      writeAndLeave: { quick: 3, deep: 5 },
      leaveFullPipe: { quick: 3, deep: 5 },
      fullPipe: { quick: 2, deep: 5 },
      leaveInABatch: { quick: 3, deep: 5 },
      ask: { quick: 2, deep: 5 },
      askAhead: { quick: 2, deep: 5 },
      answerAndLeave: { quick: 2, deep: 5 },
      batches: { quick: 2, deep: 5 },
    },
    mutants: PIPE_MUTANTS,
  },
  ending: {
    file: 'ending',
    scenarios: {
      terminateIdle: { quick: 3, deep: 5 },
      terminateInPassing: { quick: 2, deep: 4 },
      terminate: { quick: 1, deep: 3 },
      giveUp: { quick: 1, deep: 3 },
      exit: { quick: 2, deep: 4 },
    },
    mutants: ENDING_MUTANTS,
  },
  'leaving a context that has ended': {
    file: 'forsaken',
    scenarios: {
      workerStarts: { quick: 3, deep: 5 },
      joinerGoes: { quick: 3, deep: 5 },
      makerGoes: { quick: 3, deep: 5 },
    },
    mutants: FORSAKEN_MUTANTS,
  },
  'threads that die': {
    file: 'deaths',
    scenarios: {
      askerDies: { quick: 2, deep: 3 },
      readLate: { quick: 2, deep: 3 },
      binderDies: { quick: 2, deep: 3 },
      answererDies: { quick: 2, deep: 3 },
      leavingMakerDies: { quick: 2, deep: 3 },
      leavingJoinerDies: { quick: 2, deep: 3 },
      readerDies: { quick: 2, deep: 3 },
      makerDiesSending: { quick: 2, deep: 3 },
      joinerDiesSending: { quick: 2, deep: 3 },
      nameBoundAnew: { quick: 2, deep: 3 },
      diesInPieces: { quick: 1, deep: 3 },
    },
    mutants: DEATH_MUTANTS,
  },
  'I/O workers that die': {
    file: 'io-places',
    scenarios: {
      replaced: { quick: 3, deep: 5 },
      replacedLate: { quick: 3, deep: 5 },
    },
    mutants: IO_PLACE_MUTANTS,
  },
  bodies: {
    file: 'bodies',
    scenarios: {
      heldInHand: { quick: 3, deep: 5 },
      sharedByTwo: { quick: 2, deep: 4 },
      sentOn: { quick: 3, deep: 5 },
      counted: EVERY,
      roomInARing: { quick: 3, deep: 5 },
      roomForALargeBody: { quick: 3, deep: 5 },
      memoryInAHand: { quick: 1, deep: 2 },
      memoryInARing: { quick: 1, deep: 2 },
    },
    mutants: BODY_MUTANTS,
  },
  'messages in pieces': {
    file: 'pieces',
    scenarios: {
      forwarded: { quick: 3, deep: 5 },
      inPieces: { quick: 2, deep: 4 },
      takenBack: { quick: 2, deep: 4 },
      senderLeaves: { quick: 2, deep: 4 },
      readerLeaves: { quick: 2, deep: 4 },
    },
    mutants: PIECE_MUTANTS,
  },
  conflate: {
    file: 'conflate',
    scenarios: {
      replaced: { quick: 3, deep: 5 },
      cellsAgain: { quick: 3, deep: 5 },
      heldInAHand: { quick: 3, deep: 5 },
      writerLeaves: { quick: 2, deep: 4 },
      readerLeaves: { quick: 2, deep: 4 },
      joinedLate: { quick: 2, deep: 4 },
      joinedAndSilent: { quick: 3, deep: 5 },
      passedOver: { quick: 3, deep: 5 },
    },
    mutants: CONFLATE_MUTANTS,
  },
  'connections of a STREAM': {
    file: 'connections',
    scenarios: {
      leftInPassing: { quick: 1, deep: 5 },
      closedUnread: { quick: 1, deep: 3 },
      closedByBoth: { quick: 1, deep: 3 },
      fullInPlace: { quick: 1, deep: 3 },
      fullBesideTheRing: { quick: 1, deep: 3 },
      noRoomToBegin: { quick: 1, deep: 3 },
      nameOfAnother: { quick: 1, deep: 3 },
      lostWhileFull: { quick: 1, deep: 3 },
      answeredAndClosed: { quick: 1, deep: 3 },
      comeAndGo: { quick: 1, deep: 3 },
      connectedAgain: { quick: 1, deep: 3 },
      atTheMark: { quick: 1, deep: 3 },
    },
    mutants: CONNECTION_MUTANTS,
  },
  directory: {
    file: 'directory',
    scenarios: { relisted: EVERY, rewritten: EVERY },
    mutants: DIRECTORY_MUTANTS,
  },
};

/**
 * Searches a scenario of the shipped source.
 * @param most schedules at most
 */
export function searchScenario(
  protocol: Protocol,
  name: string,
  bound: number,
  most = Infinity,
): Outcome {
  return explore(scenarioOf(load(pathOf(protocol)), name), bound, most);
}

/** How a mutant was told from the shipped source. */
export interface Kill {
  readonly scenario: string;
  /** The first schedule that failed, counted from 1. */
  readonly schedule: number;
  readonly message: string;
}

/**
 * Searches the scenarios of a mutant's protocol until one fails; undefined if none does. All are searched a little way
 * before any is searched far: most mutants fail early in the scenario that was written for them, and never in the others.
 */
export function killMutant(protocol: Protocol, mutant: Mutant): Kill | undefined {
  const program = load(pathOf(protocol), [mutant]);
  const whole = new Set<string>();
  for (const most of MUTANT_SCHEDULES) {
    for (const [scenario, { quick }] of Object.entries(protocol.scenarios)) {
      if (whole.has(scenario)) continue;
      const start = scenarioOf(program, scenario);
      const { failure, schedules, ended } = explore(start, Math.min(quick, MUTANT_BOUND), most);
      if (failure !== undefined) return { scenario, schedule: schedules, message: failure.message };
      if (ended) whole.add(scenario);
    }
  }
  return undefined;
}

function pathOf({ file }: Protocol): string {
  return `test/model/search/scenarios/${file}.ts`;
}

function scenarioOf(program: unknown, name: string): () => Scenario {
  const start = (program as Record<string, () => Scenario>)[name];
  if (start === undefined) throw new Error(`There is no scenario ${name}`);
  return start;
}

export function describeBound(bound: number): string {
  return bound === ALL ? 'all schedules' : `${bound} preemptions`;
}
