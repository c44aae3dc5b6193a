// The flags of an example: their defaults, their meaning, and how to read them from a command line.

import { parseArgs } from 'node:util';

/** Arguments that the program does not take; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Flag<Value> {
  readonly otherwise: Value;
  readonly about: string;
  /** What stands for the value in the usage message; empty for a flag that takes none. */
  readonly placeholder: string;
  /** May be given without its name, in its place among others of this kind. */
  readonly positional?: true;
  /** Undefined if `text` is not such a value. */
  read(text: string): Value | undefined;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

export type Values<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends Flag<infer Value> ? Value : never;
};

/** Least and most, both included. */
export type Range = readonly [least: number, most: number];

export function endpoint(otherwise: string, about: string): Flag<string> {
  const read = (text: string): string | undefined =>
    /^[a-z]+:\/\/./.test(text) ? text : undefined;
  return { otherwise, about, placeholder: 'ENDPOINT', read };
}

export function count(otherwise: number, about: string, least = 0): Flag<number> {
  const read = (text: string): number | undefined => {
    const value = natural(text);
    return value === undefined || value < least ? undefined : value;
  };
  return { otherwise, about, placeholder: 'N', read };
}

/** Digits that are no number: a zip code, for example. */
export function digits(otherwise: string, most: number, about: string): Flag<string> {
  const read = (text: string): string | undefined =>
    /^\d+$/.test(text) && text.length <= most ? text : undefined;
  return { otherwise, about, placeholder: 'DIGITS', read };
}

export function milliseconds(otherwise: number, about: string): Flag<number> {
  return { otherwise, about, placeholder: 'MS', read: natural };
}

/** `1-100`, or `5` for always the same. */
export function range(otherwise: Range, about: string): Flag<Range> {
  const read = (text: string): Range | undefined => {
    const [least, most = least, ...rest] = text.split('-').map(natural);
    if (least === undefined || most === undefined || rest.length > 0) return undefined;
    return least <= most ? [least, most] : undefined;
  };
  return { otherwise, about, placeholder: 'A-B', read };
}

/** Any text: the name of a file, for example. */
export function text(otherwise: string, about: string, placeholder = 'TEXT'): Flag<string> {
  return { otherwise, about, placeholder, read: (given) => (given === '' ? undefined : given) };
}

/** One of a few words. */
export function choice<Word extends string>(
  words: readonly [Word, ...Word[]],
  about: string,
): Flag<Word> {
  const read = (given: string): Word | undefined => words.find((word) => word === given);
  return { otherwise: words[0], about, placeholder: words.join('|'), read };
}

/** A flag that is given or not. */
export function toggle(about: string): Flag<boolean> {
  return { otherwise: false, about, placeholder: '', read: () => undefined };
}

/** A flag whose name may be left out. */
export function argument<Value>(flag: Flag<Value>): Flag<Value> {
  return { ...flag, positional: true };
}

function natural(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** The default values, replaced by the ones given. @throws TypeError for a name that is no flag */
export function complete<F extends Flags>(flags: F, given: Partial<Values<F>>): Values<F> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(flags, name)) throw new TypeError(`There is no option ${name}`);
  }
  const defaults = Object.entries(flags).map(([name, { otherwise }]) => [name, otherwise]);
  return { ...Object.fromEntries(defaults), ...given } as Values<F>;
}

/** Reads a command line. @throws UsageError */
export function readFlags<F extends Flags>(flags: F, args: readonly string[]): Partial<Values<F>> {
  const given: Record<string, unknown> = {};
  const { values, positionals } = split(flags, args);
  const places = positionalsOf(flags);
  const take = (name: string, text: unknown, title: string): void => {
    if (name in given) throw new UsageError(`${title} is given twice`);
    const flag = flags[name];
    const value = typeof text === 'string' ? flag?.read(text) : text;
    if (value === undefined) {
      throw new UsageError(`${title} takes ${flag?.placeholder ?? ''}, not '${String(text)}'`);
    }
    given[name] = value;
  };
  for (const [name, text] of Object.entries(values)) take(name, text, `--${name}`);
  for (const [place, text] of positionals.entries()) {
    const name = places[place];
    if (name === undefined) throw new UsageError(`Unexpected argument '${text}'`);
    take(name, text, name.toUpperCase());
  }
  return given as Partial<Values<F>>;
}

function positionalsOf(flags: Flags): string[] {
  return Object.keys(flags).filter((name) => flags[name]?.positional);
}

interface Arguments {
  readonly values: Record<string, unknown>;
  readonly positionals: readonly string[];
}

function split(flags: Flags, args: readonly string[]): Arguments {
  const options = Object.entries(flags).map(([name, { placeholder }]) => [
    name,
    { type: placeholder === '' ? 'boolean' : 'string' },
  ]);
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(options) as Record<string, { type: 'boolean' | 'string' }>,
    });
  } catch (error) {
    // Node adds advice on how to write arguments that begin with a dash.
    throw new UsageError((error as Error).message.replace(/\. .*/s, ''));
  }
}

/** Writes options as a command line that `readFlags` reads. */
export function writeFlags(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : [];
    return [`--${name}`, Array.isArray(value) ? value.join('-') : String(value)];
  });
}

export function usage(name: string, about: string, flags: Flags): string {
  const rows = Object.entries(flags).map(
    ([flag, { placeholder, otherwise, positional, about }]) => {
      const value = Array.isArray(otherwise) ? otherwise.join('-') : String(otherwise);
      const initially = placeholder === '' ? '' : ` (default ${value})`;
      const place = positional ? `${flag.toUpperCase()}, ` : '';
      return [`${place}--${flag} ${placeholder}`.trimEnd(), about + initially] as const;
    },
  );
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`);
  const places = positionalsOf(flags).map((flag) => ` [${flag.toUpperCase()}]`);
  const synopsis = `${name}${places.join('')}${rows.length > 0 ? ' [flags]' : ''}`;
  return `Usage: ${synopsis}\n${about}\n${lines.join('')}`;
}
