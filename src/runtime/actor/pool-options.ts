import { availableParallelism } from 'node:os';
import type { PoolOptions } from './pool-types.js';
import { checkResourceLimits } from './resource-limits.js';
import { MILLISECONDS_MOST } from './timer.js';

/** Long enough for what is meant to run in a pool, and short enough for whoever waits for the end of a program. */
const CLOSE_MILLISECONDS = 5000;

/** More threads than any machine runs; a typing error, not a wish. */
const THREADS_MOST = 512;

/** Options with their defaults. */
export interface CheckedPoolOptions extends PoolOptions {
  readonly url: string;
  readonly name: string;
  readonly threads: number;
  readonly maxQueue: number;
  readonly closeTimeout: number;
}

/** @throws TypeError, RangeError */
export function checkPoolOptions(url: URL | string, options: PoolOptions): CheckedPoolOptions {
  checkObject(options);
  const href = checkModule(url);
  const { threads = threadsByDefault(), maxQueue = Infinity, resourceLimits } = options;
  const { closeTimeout = CLOSE_MILLISECONDS, name = nameOf(href) } = options;
  checkThreads(threads);
  if (maxQueue !== Infinity) checkCount('maxQueue', maxQueue, 0, Number.MAX_SAFE_INTEGER);
  checkMilliseconds('closeTimeout', closeTimeout);
  if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
  return { ...options, url: href, name, threads, maxQueue, closeTimeout };
}

/** @throws TypeError */
export function checkObject(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Options must be an object');
  }
}

/** @throws TypeError */
export function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TypeError(`${name} must be a function`);
}

/** A module as a URL. A path is none: what it would be relative to, nobody knows. @throws TypeError */
export function checkModule(url: URL | string): string {
  if (url instanceof URL) return url.href;
  if (typeof url === 'string' && URL.canParse(url)) return url;
  throw new TypeError(
    'A module is given by its URL: new URL("./task.js", import.meta.url), or the text of one',
  );
}

/** @throws TypeError, RangeError */
export function checkThreads(threads: number): void {
  checkCount('threads', threads, 1, THREADS_MOST);
}

/** A time that `startTimer` takes: Infinity is for ever. @throws TypeError, RangeError */
export function checkMilliseconds(name: string, value: number): void {
  if (value !== Infinity) checkCount(name, value, 0, MILLISECONDS_MOST);
}

/** @throws TypeError, RangeError */
export function checkCount(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}

export function threadsByDefault(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** `resize` for `…/resize.task.js`. */
export function nameOf(href: string): string {
  if (href.startsWith('data:')) return 'anonymous';
  const file = /([^/\\]*)$/.exec(href.replace(/[?#].*$/, ''))![1]!;
  return file.replace(/\..*$/, '') || 'anonymous';
}
