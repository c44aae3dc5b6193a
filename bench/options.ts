import { parseArgs } from 'node:util';
import { isBuilt } from './peers/checkout.js';
import { besideRow, type Row } from './row.js';
import { QUICK_ROWS, ROWS } from './rows.js';

export interface Options {
  readonly json: boolean;
  readonly rows: readonly Row[];
  readonly pairs: number;
  readonly scale: number;
  readonly highWaterMark: number;
  /** A clone with another build of loomwire, which takes every peer's place. */
  readonly beside: string | undefined;
}

export const USAGE = `usage: npm run bench -- [options]
  --only NAME    only rows whose name contains NAME; may be given again
  --pairs N      alternating pairs of runs for each row (5)
  --scale X      multiplies the number of messages (1); 0.01 is a quick look
  --quick        a few rows, with 1 pair and scale 0.01: shows that it works, not how fast
  --hwm N        high-water mark of every socket of every library (1000)
  --beside DIR   another build of loomwire, in a clone at DIR, in place of every peer
  --json         writes JSON to standard output instead of the table
  --list         names the rows
  --help`;

/** Thrown for arguments that make no sense; its message says which. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The options, or the text that was asked for instead of a run. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | string {
  const { values } = parse(args);
  if (values.help === true) return USAGE;
  if (values.list === true) return ROWS.map((row) => row.name).join('\n');
  const quick = values.quick === true;
  const choice = quick ? QUICK_ROWS : ROWS;
  const only = values.only ?? [];
  for (const part of only) {
    if (!choice.some((row) => row.name.includes(part))) {
      throw new UsageError(`no row's name contains '${part}'; --list names them`);
    }
  }
  if (values.beside !== undefined && !isBuilt(values.beside)) {
    throw new UsageError(`--beside ${values.beside}: no built loomwire is there`);
  }
  const rows = choice.filter(
    (row) => only.length === 0 || only.some((part) => row.name.includes(part)),
  );
  return {
    json: values.json === true,
    rows: values.beside === undefined ? rows : rows.map(besideRow),
    beside: values.beside,
    pairs: positive('pairs', values.pairs, Number.isInteger) ?? (quick ? 1 : 5),
    scale: positive('scale', values.scale, Number.isFinite) ?? (quick ? 0.01 : 1),
    highWaterMark: positive('hwm', values.hwm, Number.isInteger) ?? 1000,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const OPTIONS = {
  only: { type: 'string', multiple: true },
  pairs: { type: 'string' },
  scale: { type: 'string' },
  quick: { type: 'boolean' },
  hwm: { type: 'string' },
  beside: { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function positive(
  name: string,
  text: string | undefined,
  kind: (value: number) => boolean,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0) || !kind(value))
    throw new UsageError(`--${name} ${text}: not a positive number`);
  return value;
}
