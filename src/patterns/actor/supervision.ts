import { Intensity, type IntensityOptions } from '../../runtime/actor/intensity.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { describeReason, type Reason } from '../../runtime/actor/reason.js';
import { startTimer } from '../../runtime/actor/timer.js';

/**
 * Who is restarted when one has died: only it; it and those that were started after it; or all. The others are
 * stopped first, the youngest first, and come back in the order in which they were started.
 */
export type Strategy = 'one-for-one' | 'rest-for-one' | 'one-for-all';

export interface SuperviseOptions extends IntensityOptions {
  /** Default one-for-one. */
  readonly strategy?: Strategy | undefined;
}

const STRATEGIES: readonly unknown[] = [
  'one-for-one',
  'rest-for-one',
  'one-for-all',
] satisfies Strategy[];

/** An actor, as far as it is supervised. */
export interface Child {
  readonly name: string;
  readonly done: Promise<unknown>;
  /** Ends its threads; its mailbox stays. */
  halt(): Promise<void>;
  /** Starts its threads again. What fails is another death. */
  revive(): Promise<void>;
  /** Ends it for good. */
  giveUp(reason: Reason): Promise<void>;
}

/** Restarts actors that have died, and gives up when that happens too often. */
export class Supervision {
  /** In the order in which their starts began. */
  private readonly children: Child[] = [];
  /** Those that are being started for the first time, and the end of that. */
  private readonly starting = new Map<Child, Promise<unknown>>();
  private readonly strategy: Strategy;
  private readonly intensity: Intensity;
  /** Restarts come one after the other. */
  private work: Promise<void> = Promise.resolve();
  private dirty = new Set<Child>();

  constructor(
    options: SuperviseOptions,
    private readonly now: () => number,
  ) {
    checkSupervise(options);
    this.strategy = options.strategy ?? 'one-for-one';
    this.intensity = new Intensity(options);
  }

  /**
   * It is being started: of several instances one may die while others are not ready yet.
   * @param start settles when it has been started, or could not be
   */
  add(child: Child, start: Promise<unknown>): void {
    this.children.push(child);
    void child.done.then(() => this.children.splice(this.children.indexOf(child), 1));
    const over = (): boolean => this.starting.delete(child);
    this.starting.set(child, start.then(over, over));
  }

  /**
   * A child has died. Answers at once whether it comes back; if not, all children end.
   */
  died(child: Child, reason: Reason): boolean {
    const pause = this.intensity.died(this.now());
    if (pause === undefined) {
      this.giveUp(child, reason);
      return false;
    }
    this.dirty.add(child);
    this.work = this.work.then(() => this.restart(child, pause));
    return true;
  }

  private async restart(child: Child, pause: number): Promise<void> {
    // An earlier restart may have brought it back already.
    if (!this.dirty.has(child)) return;
    if (pause > 0) await new Promise<void>((resolve) => void startTimer(pause, resolve));
    const concerned = await this.concerned(child);
    if (this.strategy !== 'one-for-one') {
      for (const each of [...concerned].reverse()) await each.halt();
    }
    for (const each of concerned) {
      this.dirty.delete(each);
      await each.revive();
    }
  }

  /**
   * Who is restarted because of it; nobody if it has ended meanwhile. Others are not halted in the middle of their
   * first start, which would fail: it is waited for.
   */
  private async concerned(child: Child): Promise<readonly Child[]> {
    for (;;) {
      const at = this.children.indexOf(child);
      if (at < 0) return [];
      if (this.strategy === 'one-for-one') return [child];
      const all = this.strategy === 'one-for-all' ? [...this.children] : this.children.slice(at);
      const starting = all.flatMap((each) => this.starting.get(each) ?? []);
      if (starting.length === 0) return all;
      await Promise.all(starting);
    }
  }

  private giveUp(child: Child, reason: Reason): void {
    const { max, within } = this.intensity;
    const cause = 'error' in reason ? reason.error : undefined;
    const error = new ActorError('ERR_ACTOR_RESTARTS', {
      message: `${child.name} has died more than ${max} times in ${within} ms; the last time ${describeReason(reason)}`,
      cause,
    });
    for (const each of [...this.children].reverse()) void each.giveUp({ kind: 'error', error });
  }
}

function checkSupervise({ strategy, max, within, backoff }: SuperviseOptions): void {
  if (strategy !== undefined && !STRATEGIES.includes(strategy)) {
    throw new TypeError(`strategy must be one of ${STRATEGIES.join(', ')}`);
  }
  for (const [name, value] of Object.entries({
    max,
    within,
    least: backoff?.[0],
    most: backoff?.[1],
  })) {
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
    if (!(value >= 0)) throw new RangeError(`${name} must not be below 0`);
  }
}
