import type { Outcome } from './scenes.js';

export interface Row {
  readonly pattern: string;
  readonly transport: string;
  readonly who: string;
  /** Undefined if the scene broke off. */
  readonly outcome: Outcome | undefined;
  readonly verdict: string;
}

const HEAD = [
  'pattern',
  'transport',
  'who',
  'messages',
  'messages/s',
  'round trip',
  'elapsed',
  'arrived',
];

/** Columns whose numbers stand below one another's last digit. */
const RIGHT = new Set([3, 4, 5, 6]);

export function table(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(line)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        RIGHT.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return `${lines.join('\n')}\n`;
}

function line({ pattern, transport, who, outcome, verdict }: Row): string[] {
  if (outcome === undefined) return [pattern, transport, who, '', '', '', '', verdict];
  const { messages, messagesPerSecond, roundTrip, elapsed } = outcome;
  return [
    pattern,
    transport,
    who,
    String(messages),
    messagesPerSecond.toFixed(0),
    roundTrip === undefined ? '' : `${(roundTrip * 1000).toFixed(0)} µs`,
    `${elapsed.toFixed(0)} ms`,
    verdict,
  ];
}
