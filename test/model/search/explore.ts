import * as world from './world.js';
import type { Operation, Steps } from './world.js';

/**
 * Searches the schedules of a scenario. A schedule is run from the start, one operation at a time;
 * at each the search may go on with another thread than the one that is running. Doing so while that
 * one could go on is a preemption, and their number is bounded; everything within the bound is run.
 *
 * A schedule is left as soon as it reaches a state that was reached before with as many preemptions
 * to spare: equal memory, and threads that have each seen the same. States are told apart by 53 bits
 * of hash.
 */

/** Made anew for each schedule. */
export interface Scenario {
  /** At most four. */
  readonly threads: readonly (() => void)[];
  /** Called when all threads have ended; throws if something is wrong. */
  check?(): void;
}

export interface Failure {
  readonly message: string;
  /** One line for each operation. */
  readonly trace: readonly string[];
}

export interface Outcome {
  readonly schedules: number;
  readonly steps: number;
  readonly states: number;
  readonly failure: Failure | undefined;
  /** Everything within the bound was run, or there was a failure. */
  readonly ended: boolean;
}

/** No scenario has a schedule nearly as long: whoever reaches it never ends. */
const STEPS_MAX = 4000;

interface Running {
  readonly steps: Steps;
  pending: Operation | undefined;
  /** In Atomics.wait. */
  parked: boolean;
  /** Was parked, and somebody notified. */
  woken: boolean;
}

/** Choices made so far, and how many of them were preemptions. */
interface Plan {
  readonly choices: Uint8Array;
  readonly preemptions: number;
}

/** A Map holds no more than 2^24 entries. */
const STATES_MOST = 2 ** 24 - 2 ** 16;

/**
 * @param bound preemptions at most
 * @param most schedules at most; the search ends with the first that would be one more
 */
export function explore(start: () => Scenario, bound: number, most = Infinity): Outcome {
  const seen = new Map<number, number>();
  const plans: Plan[] = [{ choices: new Uint8Array(0), preemptions: 0 }];
  let schedules = 0;
  let steps = 0;
  for (let plan = plans.pop(); plan !== undefined; plan = plans.pop()) {
    if (schedules === most || seen.size > STATES_MOST) {
      return { schedules, steps, states: seen.size, failure: undefined, ended: false };
    }
    const schedule = new Schedule(start);
    schedules++;
    const message = schedule.run(plan, bound, seen, plans);
    steps += schedule.choices.length;
    if (message !== undefined) {
      const failure = { message, trace: traceOf(start, schedule.choices) };
      return { schedules, steps, states: seen.size, failure, ended: true };
    }
  }
  return { schedules, steps, states: seen.size, failure: undefined, ended: true };
}

function traceOf(start: () => Scenario, choices: readonly number[]): string[] {
  world.keepLabels(true);
  try {
    return new Schedule(start).trace(choices);
  } finally {
    world.keepLabels(false);
  }
}

class Schedule {
  readonly choices: number[] = [];
  private readonly threads: Running[] = [];
  private readonly scenario: Scenario;

  constructor(start: () => Scenario) {
    world.reset();
    this.scenario = atOnce(start()) as Scenario;
    this.scenario.threads.forEach((body, thread) => {
      world.enter(thread);
      const steps = body() as unknown as Steps;
      this.threads.push({ steps, pending: undefined, parked: false, woken: false });
      this.advance(thread, 0);
    });
  }

  /** Follows the plan, then goes on as cheaply as it can. Answers what is wrong, if anything is. */
  run(
    plan: Plan,
    bound: number,
    seen: Map<number, number>,
    alternatives: Plan[],
  ): string | undefined {
    const { preemptions } = plan;
    let running = 0;
    try {
      for (;;) {
        const enabled = this.enabled();
        if (enabled === 0) return this.ended();
        const at = this.choices.length;
        const canGoOn = (enabled & (1 << running)) !== 0;
        let choice = plan.choices[at];
        if (choice === undefined) {
          const key = this.key(running, enabled);
          const spent = seen.get(key);
          if (spent !== undefined && spent <= preemptions) return undefined;
          seen.set(key, preemptions);
          choice = canGoOn ? running : 31 - Math.clz32(enabled & -enabled);
          const cost = preemptions + (canGoOn ? 1 : 0);
          if (cost <= bound) this.branch(enabled & ~(1 << choice), cost, alternatives);
        }
        this.choices.push(choice);
        if (at > STEPS_MAX) return 'it never ends';
        running = choice;
        this.step(choice);
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Runs the choices again and says what each thread does. */
  trace(choices: readonly number[]): string[] {
    const lines: string[] = [];
    try {
      for (const choice of choices) {
        const [name, at, ...args] = this.threads[choice]!.pending!;
        const what = at === undefined ? name : `${name} ${world.nameOf(at)} ${args.join(' ')}`;
        lines.push(`thread ${choice}  ${what}`);
        const answer = this.step(choice);
        if (answer !== undefined) lines.push(`${lines.pop()!} → ${answer}`);
      }
    } catch {
      // What it says is known.
    }
    return lines;
  }

  private branch(others: number, cost: number, alternatives: Plan[]): void {
    for (let thread = 0; others >>> thread !== 0; thread++) {
      if ((others & (1 << thread)) === 0) continue;
      const choices = new Uint8Array(this.choices.length + 1);
      choices.set(this.choices);
      choices[this.choices.length] = thread;
      alternatives.push({ choices, preemptions: cost });
    }
  }

  private ended(): string | undefined {
    if (this.threads.some(({ pending }) => pending !== undefined)) {
      return 'nobody can go on: a wake-up was lost';
    }
    world.enter(-1);
    atOnce(this.scenario.check?.());
    return undefined;
  }

  /** Carries out the thread's pending operation and runs it up to its next. Answers the result. */
  private step(thread: number): number | undefined {
    world.enter(thread);
    const running = this.threads[thread]!;
    const [name, at, value, other] = running.pending!;
    let answer: number | undefined;
    switch (name) {
      case 'awaitChange':
        world.note(thread, 1);
        break;
      case 'kill':
        this.threads[at]!.pending = undefined;
        this.threads[at]!.parked = false;
        world.killed(at);
        break;
      case 'notify':
        // Though it may find nobody, this thread has come a step further: the state is another.
        world.note(thread, 6);
        for (const [sleeper, { parked, pending }] of this.threads.entries()) {
          if (!parked || pending![1] !== at) continue;
          this.threads[sleeper]!.parked = false;
          this.threads[sleeper]!.woken = true;
          world.note(sleeper, 2);
        }
        break;
      case 'wait':
        if (running.woken) {
          running.woken = false;
          world.note(thread, 7);
          break;
        }
        if (world.peek(at) === value) {
          running.parked = true;
          world.note(thread, 3);
          return undefined;
        }
        world.note(thread, 4);
        break;
      default:
        answer = world.perform(name, at, value, other);
    }
    this.advance(thread, answer ?? 0);
    return answer;
  }

  private advance(thread: number, answer: number): void {
    const running = this.threads[thread]!;
    const { done, value } = running.steps.next(answer);
    running.pending = done === true ? undefined : value;
  }

  /** Threads that can go on, as bits. */
  private enabled(): number {
    let bits = 0;
    for (let thread = 0; thread < this.threads.length; thread++) {
      const { pending, parked } = this.threads[thread]!;
      if (pending === undefined || parked) continue;
      if (pending[0] === 'awaitChange' && !world.hasChanged(thread)) continue;
      bits |= 1 << thread;
    }
    return bits;
  }

  private key(running: number, enabled: number): number {
    let high = world.mix(world.memoryHash[0]!, (running << 8) | enabled);
    let low = world.mix(world.memoryHash[1]!, enabled);
    for (let i = 0; i < this.threads.length; i++) {
      high = world.mix(high, world.seenHash[2 * i]!);
      low = world.mix(low, world.seenHash[2 * i + 1]!);
    }
    return (high >>> 0) * 2 ** 21 + (low >>> 11);
  }
}

/** Runs what takes steps without letting anyone else run. */
function atOnce(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('throw' in value)) return value;
  return world.runAtOnce(value as Steps);
}
