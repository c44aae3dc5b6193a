import { compute } from './task.js';

/** Some 200 µs of a processor. */
const TIMES = 20;

export default function computeLong(seed: number): number {
  let result = seed;
  for (let n = 0; n < TIMES; n++) result = compute(result);
  return result;
}
