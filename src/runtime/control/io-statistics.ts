import { type Context, coreOf } from '../context/context.js';
import { context as processContext } from '../context/default-context.js';
import type { IoStatistics } from './inspection.js';

/**
 * What each running I/O worker of a context says of itself. Any thread may ask, but not a blocked one.
 * @throws ZmqError ETERM if a worker ends before it answers
 */
export async function ioStatistics(context: Context = processContext): Promise<IoStatistics[]> {
  const threads = coreOf(context).ioThreadIds();
  if (threads.length === 0) return [];
  const { inspect } = await import('./remote.js');
  return Promise.all(threads.map(inspect));
}
