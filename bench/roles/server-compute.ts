import { compute } from './task.js';

/** Some 50 µs of a processor. */
const TIMES = 5;

/** Numbers from a seed, of which the last is the reply. */
export function computeReply(seed: number): number {
  let result = seed;
  for (let n = 0; n < TIMES; n++) result = compute(result);
  return result;
}

/** A server's handler. */
export default function handle([seed]: Buffer[]): Buffer {
  const reply = Buffer.alloc(4);
  reply.writeUInt32LE(computeReply(seed!.readUInt32LE()));
  return reply;
}
