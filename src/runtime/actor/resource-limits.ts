import type { ResourceLimits } from 'node:worker_threads';

/**
 * The least of each limit. With less, V8 can run out of memory while it makes the thread, where nobody could
 * catch it: the whole process ends ("GC during deserialization").
 */
export const RESOURCE_LIMITS_LEAST = {
  maxOldGenerationSizeMb: 16,
  maxYoungGenerationSizeMb: 2,
  codeRangeSizeMb: 16,
  stackSizeMb: 1,
} as const satisfies Required<ResourceLimits>;

/**
 * The young generation of a thread of which only the old one is limited, in MB. V8 moves what lives in the young
 * generation to the old one in a single step, and when that passes the limit by much it ends the whole process and
 * not the thread. With Node's default (up to 48) 3 of 6 processes ended so while their threads died, one after
 * another, of too much memory; with 4 none did (Node 24, `maxOldGenerationSizeMb: 64`).
 */
export const YOUNG_GENERATION_MB = 4;

/** What a worker is made with, to be spread among its options. */
export function limitsOfWorker(limits: ResourceLimits | undefined): {
  resourceLimits?: ResourceLimits;
} {
  if (limits === undefined) return {};
  if (limits.maxOldGenerationSizeMb === undefined) return { resourceLimits: limits };
  return { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, ...limits } };
}

/** @throws TypeError, RangeError */
export function checkResourceLimits(limits: ResourceLimits): void {
  if (typeof limits !== 'object' || limits === null) {
    throw new TypeError('resourceLimits must be an object');
  }
  for (const [name, value] of Object.entries(limits) as [string, unknown][]) {
    if (!Object.hasOwn(RESOURCE_LIMITS_LEAST, name)) {
      throw new TypeError(`resourceLimits has no ${name}`);
    }
    if (typeof value !== 'number') throw new TypeError(`resourceLimits.${name} must be a number`);
    const least = RESOURCE_LIMITS_LEAST[name as keyof typeof RESOURCE_LIMITS_LEAST];
    if (!(value >= least)) {
      throw new RangeError(`resourceLimits.${name} must be at least ${least}, not ${value}`);
    }
  }
}
