import { threadId } from 'node:worker_threads';
import { Random } from '../../support/random.js';

/* A stage whose thread dies after some items, in the middle of the next; how follows from the seed in the URL. */

const WAYS = ['exit', 'throw', 'reject'] as const;
const ITEMS_LEAST = 300;
const ITEMS_MORE = 3000;

const seed = Number(new URL(import.meta.url).searchParams.get('seed'));
const random = new Random(seed + 7919 * threadId);
let left = ITEMS_LEAST + random.below(ITEMS_MORE);

/** Gives on one more than it was given. */
export default function increment(item: number): number | Promise<number> {
  if (left-- > 0) return item + 1;
  const way = random.pick(WAYS);
  if (way === 'exit') process.exit(1);
  if (way === 'reject') void Promise.reject(new RangeError(`item ${item}`));
  else {
    setImmediate(() => {
      throw new RangeError(`item ${item}`);
    });
  }
  return new Promise(() => undefined);
}
