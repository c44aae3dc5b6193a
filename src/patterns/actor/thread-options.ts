import type { ResourceLimits } from 'node:worker_threads';
import { checkResourceLimits } from '../../runtime/actor/resource-limits.js';
import { checkTime } from './check.js';

/** What can be said of any thread that runs a module of the user's. */
export interface ThreadOptions {
  /** For reports and messages. Default: the module's name. A number is added if it is taken. */
  readonly name?: string | undefined;
  /** Given to the code, cloned. */
  readonly data?: unknown;
  /** What of `data` is given away, and not cloned. */
  readonly transfer?: readonly object[] | undefined;
  /**
   * V8's limits for the thread, none below `RESOURCE_LIMITS_LEAST`; with `maxOldGenerationSizeMb` a
   * `maxYoungGenerationSizeMb` of 4 by default. Such a thread is not started in advance.
   */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Ends it at once when it is aborted, for good, and has `spawn` reject with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it must be ready; Infinity for any time. Default 30000. */
  readonly startTimeout?: number | undefined;
}

/** @throws TypeError, RangeError */
export function checkThread({ resourceLimits, startTimeout, signal }: ThreadOptions): void {
  if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
  if (startTimeout !== undefined) checkTime('startTimeout', startTimeout);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError('signal must be an AbortSignal');
  }
}
