import type { Range } from './flags.js';

/** A whole number of the range, each as likely as the others. */
export function within([least, most]: Range): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
