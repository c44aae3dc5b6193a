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
