import { threadId } from 'node:worker_threads';
import type { Context } from '../../runtime/context/context.js';

/* A context can know only so many inproc names in its life, so those of crews that are gone are used again. */

const taken = new WeakMap<Context, Set<number>>();

/** Endpoints of a crew's members, by their places. */
export interface CrewNames {
  endpoint(place: number): string;
  /** When nobody is bound to them any more. */
  release(): void;
}

export function crewNames(context: Context): CrewNames {
  let numbers = taken.get(context);
  if (numbers === undefined) taken.set(context, (numbers = new Set()));
  const own = numbers;
  let number = 0;
  while (own.has(number)) number++;
  own.add(number);
  return {
    endpoint: (place) => `inproc://loomwire.crew.${threadId}.${number}.${place}`,
    release: () => void own.delete(number),
  };
}
