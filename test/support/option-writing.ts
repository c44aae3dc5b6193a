/** A socket's or context's properties, as code without types finds them. */
type Properties = Record<string, unknown>;

/** Classes by their names. */
export type Classes = Readonly<Record<string, new (options?: object) => Properties>>;

/** What a value has come to: what is read afterwards, or why it was refused; and of warnings, how many. */
export type Written = string;

/** By property, and by the value that was written, as text. */
export type Writing = Record<string, Record<string, Written>>;

/** At the edges of what options of any kind take. Beyond 2³¹, and where a number is none, what C makes of it is told apart. */
const NUMBERS = [-2, -1, 0, 1, 2, 100, 255, 256, 6_553_599, 6_553_600, 2 ** 31 - 1];
const ODD_NUMBERS = [1.5, NaN, 2 ** 31, 2 ** 53];
const OTHERS = [true, false, null, '', 'text', 'x'.repeat(255), 'x'.repeat(256)];
const VALUES: readonly unknown[] = [...NUMBERS, ...ODD_NUMBERS, ...OTHERS];

export function nameOf(value: unknown): string {
  return typeof value === 'string' && value.length > 9 ? `'x' × ${value.length}` : String(value);
}

/** Writes every value to every property that can be set; each property has a socket of its own. */
export function writeAll(
  classes: Classes,
  type: string,
  names: readonly string[],
  common: object,
): Writing {
  const written: Writing = {};
  for (const name of names) {
    const outcomes: Record<string, Written> = (written[name] = {});
    const made = new classes[type]!({ ...common });
    for (const value of VALUES)
      outcomes[`${typeof value} ${nameOf(value)}`] = write(made, name, value);
    (made as { close?: () => void }).close?.();
  }
  return written;
}

function write(made: Properties, name: string, value: unknown): Written {
  try {
    made[name] = value;
  } catch (error) {
    return error instanceof TypeError ? 'TypeError' : (error as { code: string }).code;
  }
  try {
    const now = made[name];
    if (now === undefined) return 'set';
    return now === value ? 'kept' : `kept as ${nameOf(now)}`;
  } catch {
    return 'set';
  }
}

let warnings = 0;

/** Names of the properties that warn when they are set on a socket that is bound, to what they are. */
export async function warning(
  classes: Classes,
  type: string,
  values: Readonly<Record<string, unknown>>,
  common: object,
): Promise<string[]> {
  const socket = new classes[type]!({ ...common });
  // One of zeromq.js's is free again only some time after its socket has been closed.
  const endpoint = `inproc://warning-${++warnings}`;
  await (socket as unknown as { bind(endpoint: string): Promise<void> }).bind(endpoint);
  const warned: string[] = [];
  let name = '';
  // As it is called, and not later, when it is told.
  const descriptor = Object.getOwnPropertyDescriptor(process, 'emitWarning')!;
  const value = (text: string): void => {
    if (text === 'Socket option will not take effect until next connect/bind.') warned.push(name);
  };
  Object.defineProperty(process, 'emitWarning', { ...descriptor, value });
  try {
    for (const [option, own] of Object.entries(values)) {
      name = option;
      write(socket, option, own);
    }
  } finally {
    Object.defineProperty(process, 'emitWarning', descriptor);
    (socket as unknown as { close(): void }).close();
  }
  return warned;
}
