import { MEASURES, type Measure } from './measures.js';
import type { Summary } from './statistics.js';

/**
 * What a row has to reach, and what it is meant to. For a ratio both are those of Node 24; before it,
 * `EARLIER` of them will do, unless the runtimes have numbers of their own.
 */
export interface Target {
  /** Of what: ours / peer, ours − peer in the row's unit, or ours alone in the row's unit. */
  readonly of: 'ratio' | 'difference' | 'value';
  readonly least: Bound;
  readonly goal: number;
}

export type Bound = number | { readonly node20: number; readonly node24: number };

/** Between the worst and the best. */
export type Verdict = 'missed' | 'least' | 'goal';

/** What was measured, by the name under which a target speaks of it. */
export type Measured = Readonly<Record<Target['of'], Summary | undefined>>;

const EARLIER = 0.8;
const NEWER_FROM = 24;

export function ratio(least: Bound, goal: number): readonly Target[] {
  return [{ of: 'ratio', least, goal }];
}

/** A target's two numbers as they are for a runtime. */
interface Bounds {
  readonly least: number;
  readonly goal: number;
}

/** @param runtime as `circumstances` names it, `Node 20.20.2 (V8 …)` */
export function boundsOf({ of, least, goal }: Target, measure: Measure, runtime: string): Bounds {
  const newer = Number(/^Node (\d+)/.exec(runtime)?.[1] ?? NaN) >= NEWER_FROM;
  if (typeof least !== 'number') return { least: newer ? least.node24 : least.node20, goal };
  if (newer || of !== 'ratio') return { least, goal };
  const factor = MEASURES[measure].better === 'more' ? EARLIER : 1 / EARLIER;
  return { least: least * factor, goal: goal * factor };
}

/** What the medians have reached of all targets; undefined if there are none, or nothing was measured. */
export function verdictOn(
  targets: readonly Target[],
  measured: Measured,
  measure: Measure,
  runtime: string,
): Verdict | undefined {
  let worst: Verdict | undefined;
  for (const target of targets) {
    const summary = measured[target.of];
    if (summary === undefined) return undefined;
    const reached = reachedBy(summary.median, boundsOf(target, measure, runtime), measure);
    if (worst === undefined || RANK[reached] < RANK[worst]) worst = reached;
  }
  return worst;
}

const RANK: Readonly<Record<Verdict, number>> = { missed: 0, least: 1, goal: 2 };

function reachedBy(value: number, { least, goal }: Bounds, measure: Measure): Verdict {
  const reaches = (bound: number): boolean =>
    MEASURES[measure].better === 'more' ? value >= bound : value <= bound;
  if (reaches(goal)) return 'goal';
  return reaches(least) ? 'least' : 'missed';
}

/** `≥ 1.0 / 1.5`: at least, and the goal. Several are joined. */
export function formatTargets(
  targets: readonly Target[],
  measure: Measure,
  runtime: string,
): string {
  const { better, unit } = MEASURES[measure];
  return targets
    .map((target) => {
      const { least, goal } = boundsOf(target, measure, runtime);
      const suffix = target.of === 'ratio' ? '' : ` ${unit}`;
      return `${better === 'more' ? '≥' : '≤'} ${number(least)} / ${number(goal)}${suffix}`;
    })
    .join(', ');
}

function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
