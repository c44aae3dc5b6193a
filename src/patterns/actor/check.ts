import { MILLISECONDS_MOST } from '../../runtime/actor/timer.js';

/** @throws TypeError, RangeError */
export function checkStopTimeout(timeout: number | undefined): number | undefined {
  return timeout === undefined ? undefined : checkTime('timeout', timeout);
}

/** A time that `startTimer` takes, in milliseconds: Infinity is for ever. @throws TypeError, RangeError */
export function checkTime(name: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number of milliseconds`);
  if (value !== Infinity && !(value >= 0 && value <= MILLISECONDS_MOST)) {
    throw new RangeError(
      `${name} must be from 0 to ${MILLISECONDS_MOST}, or Infinity, not ${value}`,
    );
  }
  return value;
}

/** A whole number. @throws TypeError, RangeError */
export function checkCount(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/** A module to run, as the text of its URL. @throws TypeError */
export function checkModule(module: unknown): string {
  if (module instanceof URL) return module.href;
  if (typeof module === 'string' && URL.canParse(module)) return module;
  throw new TypeError(
    'A module is given by its URL: new URL("./task.js", import.meta.url), or the text of one',
  );
}
