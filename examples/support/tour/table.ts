// The results as a table for people, and as data for programs.

import type { Outcome } from './scenes.js';

export interface Row {
  readonly pattern: string;
  readonly transport: string;
  readonly who: string;
  /** Of a pipeline. */
  readonly workers?: number;
  /** Undefined if the scene broke off. */
  readonly outcome: Outcome | undefined;
  /** A pipeline's elapsed time by what it would be if N workers took an Nth of one worker's time. */
  readonly ofIdeal?: number;
  readonly verdict: string;
}

const COLUMNS: readonly (readonly [title: string, right: boolean, cell: (row: Row) => string])[] = [
  ['pattern', false, ({ pattern }) => pattern],
  ['transport', false, ({ transport }) => transport],
  ['who', false, ({ who }) => who],
  ['workers', true, ({ workers }) => String(workers ?? '-')],
  ['messages', true, ({ outcome }) => fixed(outcome?.messages, '')],
  ['messages/s', true, ({ outcome }) => fixed(outcome?.messagesPerSecond, '')],
  ['round trip', true, ({ outcome }) => fixed(inMicroseconds(outcome?.roundTrip), ' µs')],
  ['elapsed', true, ({ outcome }) => fixed(outcome?.elapsed, ' ms')],
  ['of T/N', true, ({ ofIdeal }) => fixed(ofIdeal && ofIdeal * 100, ' %')],
  ['arrived', false, ({ verdict }) => verdict],
];

export function table(rows: readonly Row[]): string {
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, , cell]) => cell(row))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        // Digits stand below digits of the same weight.
        COLUMNS[column]![1] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n`;
}

/** One JSON document; what does not apply to a row is left out of it. */
export function json(rows: readonly Row[]): string {
  const results = rows.map(({ outcome, verdict, ofIdeal, ...scene }) => ({
    ...scene,
    messages: outcome?.messages,
    messagesPerSecond: outcome?.messagesPerSecond,
    roundTripMicroseconds: inMicroseconds(outcome?.roundTrip),
    elapsedMilliseconds: outcome?.elapsed,
    ofIdeal,
    arrived: verdict,
  }));
  return `${JSON.stringify({ passed: passed(rows), results }, undefined, 2)}\n`;
}

/** Has everything arrived? */
export function passed(rows: readonly Row[]): boolean {
  return rows.every(({ outcome }) => outcome !== undefined && outcome.problem === undefined);
}

function inMicroseconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds * 1000;
}

function fixed(value: number | undefined, unit: string): string {
  return value === undefined ? '-' : `${value.toFixed(0)}${unit}`;
}
